package schemas

// supplement has for each code point from U+2E80 to U+2EF3 (CJK Radicals Supplement) the ideograph that it looks like, or U+3000
// for none. From Unicode 14.0, EquivalentUnifiedIdeograph.txt (© Unicode, Inc., Unicode License V3).
const supplement = "" +
	"　厂乛乚乙亻冂𠘨刀刂卜㔾小尐兀尣尢𡯂巳幺彑彐忄心扌攵　旡日月歺母民氵氺灬爫爬丬牛" +
	"犭王𤴔目示礻𥫗糹纟罓罒㓁冗𦉫羊𦍌𦍋耂肀聿肉𦥑艹艺艻虎衤覀西见角𧢲讠贝𧾷车辶辷辸邑" +
	"钅長镸长门𨸏阝雨青韦页风飞食𩙿飠饣𩠐马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙龜亀龟"

// kangxi has for each code point from U+2F00 to U+2FD5 (Kangxi Radicals) the ideograph that NFKC folds it to.
const kangxi = "" +
	"一丨丶丿乙亅二亠人儿入八冂冖冫几凵刀力勹匕匚匸十卜卩厂厶又口囗土士夂夊夕大女子宀寸小尢尸屮山巛工己巾干幺广廴廾弋弓彐彡彳心戈戶手支攴文斗斤方无日" +
	"曰月木欠止歹殳毋比毛氏气水火爪父爻爿片牙牛犬玄玉瓜瓦甘生用田疋疒癶白皮皿目矛矢石示禸禾穴立竹米糸缶网羊羽老而耒耳聿肉臣自至臼舌舛舟艮色艸虍虫血行" +
	"衣襾見角言谷豆豕豸貝赤走足身車辛辰辵邑酉釆里金長門阜隶隹雨靑非面革韋韭音頁風飛食首香馬骨高髟鬥鬯鬲鬼魚鳥鹵鹿麥麻黃黍黑黹黽鼎鼓鼠鼻齊齒龍龜龠"

var (
	supplementRunes = []rune(supplement)
	kangxiRunes     = []rune(kangxi)
)

// Ideograph returns the ideograph that a CJK or Kangxi radical, or an older form, looks like: 一 for ⼀ (U+2F00), 长 for ⻓ (U+2ED3),
// 户 for 戶. PDFs whose fonts name glyphs by their shape give these in place of the ideographs. Any other character is returned as
// it is.
func Ideograph(r rune) rune {
	switch {
	case r >= 0x2f00 && r <= 0x2fd5:
		r = kangxiRunes[r-0x2f00]
	case r >= 0x2e80 && r <= 0x2ef3:
		if i := supplementRunes[r-0x2e80]; i != '\u3000' {
			return i
		}
	}
	return variant(r)
}

// variant gives the usual form of an older one that fonts for mainland China draw with the same glyph, so that a PDF whose map goes from
// glyph to character may give it instead; else the ideograph itself.
func variant(r rune) rune {
	switch r {
	case '戶':
		return '户'
	case '內':
		return '内'
	case '稅':
		return '税'
	case '値':
		return '值'
	case '敎':
		return '教'
	case '眞':
		return '真'
	case '淸':
		return '清'
	case '沒':
		return '没'
	case '吳':
		return '吴'
	case '靑':
		return '青'
	case '尙':
		return '尚'
	case '硏':
		return '研'
	case '郞':
		return '郎'
	case '虛':
		return '虚'
	case '溫':
		return '温'
	case '黃':
		return '黄'
	case '兌':
		return '兑'
	}
	return r
}
