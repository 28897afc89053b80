package indexer

// radicals has for each code point from U+2E80 to U+2EF3 (CJK Radicals Supplement) the ideograph that it looks like, or U+3000
// for none. PDFs whose fonts name glyphs by their shape give these in place of the ideographs, and NFKC folds two of them only.
// From Unicode 14.0, EquivalentUnifiedIdeograph.txt (© Unicode, Inc., Unicode License V3).
const radicals = "" +
	"　厂乛乚乙亻冂𠘨刀刂卜㔾小尐兀尣尢𡯂巳幺彑彐忄心扌攵　旡日月歺母民氵氺灬爫爬丬牛" +
	"犭王𤴔目示礻𥫗糹纟罓罒㓁冗𦉫羊𦍌𦍋耂肀聿肉𦥑艹艺艻虎衤覀西见角𧢲讠贝𧾷车辶辷辸邑" +
	"钅長镸长门𨸏阝雨青韦页风飞食𩙿飠饣𩠐马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙龜亀龟"
