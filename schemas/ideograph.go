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
	if r >= 0x5000 {
		if i, ok := variants[r]; ok {
			return i
		}
	}
	return r
}

// variants are older forms of ideographs that fonts for mainland China draw with the glyph of the usual form, so that a PDF whose map
// goes from glyph to character may give them in its place.
var variants = map[rune]rune{'戶': '户', '內': '内', '稅': '税', '値': '值', '敎': '教', '眞': '真', '淸': '清', '沒': '没', '吳': '吴', '靑': '青', '尙': '尚',
	'硏': '研', '郞': '郎', '虛': '虚', '溫': '温', '黃': '黄', '兌': '兑'}
