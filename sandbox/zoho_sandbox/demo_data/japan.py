"""Japanese words from which the demo company's Japanese customers, suppliers and people are made."""

from typing import NamedTuple


class Word(NamedTuple):
    """A word as it is written and in Latin letters (for domains and addresses)."""

    text: str
    latin: str


class Name(NamedTuple):
    """A family or given name: written, read, and in Latin letters."""

    text: str
    reading: str
    latin: str


class Place(NamedTuple):
    """A town with what belongs to it: prefecture, postal prefix, telephone area and a few districts."""

    prefecture: str
    city: str
    postal: str
    area: str
    districts: tuple[str, ...]


def _words(text: str) -> tuple[Word, ...]:
    return tuple(Word(*word.split(":")) for word in text.split())


def _names(text: str) -> tuple[Name, ...]:
    return tuple(Name(*name.split(":")) for name in text.split())


STEMS = _words(
    "青葉:aoba 東雲:shinonome 瑞穂:mizuho 若草:wakakusa 桜木:sakuragi 富士見:fujimi 北斗:hokuto"
    " 白樺:shirakaba 青嶺:aomine 琴浦:kotoura 三和:sanwa 大洋:taiyo 光陽:koyo 日向:hinata"
    " 緑川:midorikawa 千歳:chitose 明和:meiwa 共栄:kyoei 松風:matsukaze 浜風:hamakaze 八重洲:yaesu"
    " 常盤:tokiwa 若狭:wakasa 相模:sagami 武蔵野:musashino 播磨:harima 越前:echizen 安曇野:azumino"
    " 丹波:tamba 薩摩:satsuma 東海:tokai 信和:shinwa みらい:mirai ひかり:hikari さくら:sakura"
    " つばさ:tsubasa こだま:kodama はやぶさ:hayabusa"
)

TRADES: dict[str, tuple[Word, ...]] = {
    "Manufacturing": (
        Word("精機", "seiki"),
        Word("工業", "kogyo"),
        Word("製作所", "seisakusho"),
        Word("金属", "kinzoku"),
        Word("化学", "kagaku"),
        Word("電子", "denshi"),
    ),
    "Food & Beverage": (
        Word("食品", "shokuhin"),
        Word("フーズ", "foods"),
        Word("水産", "suisan"),
        Word("酒造", "shuzo"),
    ),
    "Information Technology": (Word("システムズ", "systems"), Word("ソフト", "soft"), Word("データ", "data")),
    "Logistics": (Word("運輸", "unyu"), Word("物流", "butsuryu"), Word("倉庫", "soko")),
    "Construction": (Word("建設", "kensetsu"), Word("工務店", "komuten"), Word("設備", "setsubi")),
    "Healthcare": (Word("製薬", "seiyaku"), Word("メディカル", "medical"), Word("医療器", "iryoki")),
    "Energy": (Word("エナジー", "energy"), Word("電力", "denryoku"), Word("ガス", "gas")),
    "Retail": (Word("商店", "shoten"), Word("商事", "shoji"), Word("百貨店", "hyakkaten")),
    "Hospitality": (Word("ホテル", "hotel"), Word("観光", "kanko")),
    "Agriculture": (Word("ファーム", "farm"), Word("農産", "nosan")),
}

SUBSIDIARIES = (Word("販売", "hambai"), Word("サービス", "service"), Word("ロジスティクス", "logistics"))

# Before or after the name, as in the register of companies; the first is by far the most common.
COMPANY_FORMS = ("株式会社{}", "株式会社{}", "{}株式会社", "{}株式会社", "合同会社{}", "有限会社{}")

SUPPLIES: dict[str, tuple[Word, ...]] = {
    "Electronic Parts": (Word("電子部品", "denshibuhin"), Word("半導体", "handotai"), Word("基板", "kiban")),
    "Packaging": (Word("紙業", "shigyo"), Word("包装", "hoso")),
    "Machining": (Word("鉄工所", "tekkosho"), Word("プレス工業", "press")),
    "Freight": (Word("急送", "kyuso"), Word("通運", "tsuun")),
    "Services": (Word("印刷", "insatsu"), Word("清掃", "seiso"), Word("会計事務所", "kaikei")),
}

FAMILY_NAMES = _names(
    "佐藤:サトウ:sato 鈴木:スズキ:suzuki 高橋:タカハシ:takahashi 田中:タナカ:tanaka 伊藤:イトウ:ito"
    " 渡辺:ワタナベ:watanabe 山本:ヤマモト:yamamoto 中村:ナカムラ:nakamura 小林:コバヤシ:kobayashi"
    " 加藤:カトウ:kato 吉田:ヨシダ:yoshida 山田:ヤマダ:yamada 佐々木:ササキ:sasaki"
    " 松本:マツモト:matsumoto 井上:イノウエ:inoue 木村:キムラ:kimura 林:ハヤシ:hayashi"
    " 清水:シミズ:shimizu 山崎:ヤマザキ:yamazaki 森:モリ:mori 阿部:アベ:abe 池田:イケダ:ikeda"
    " 橋本:ハシモト:hashimoto 石川:イシカワ:ishikawa 小川:オガワ:ogawa 岡田:オカダ:okada"
    " 長谷川:ハセガワ:hasegawa 藤田:フジタ:fujita 近藤:コンドウ:kondo 遠藤:エンドウ:endo"
    " 青木:アオキ:aoki 坂本:サカモト:sakamoto 福田:フクダ:fukuda 西村:ニシムラ:nishimura"
    " 太田:オオタ:ota 三浦:ミウラ:miura 藤井:フジイ:fujii 原田:ハラダ:harada"
)

GIVEN_NAMES = _names(
    "健太:ケンタ:kenta 大輔:ダイスケ:daisuke 翔太:ショウタ:shota 拓也:タクヤ:takuya 直樹:ナオキ:naoki"
    " 誠:マコト:makoto 浩二:コウジ:koji 隆:タカシ:takashi 修:オサム:osamu 雄一:ユウイチ:yuichi"
    " 悠斗:ユウト:yuto 蓮:レン:ren 亮:リョウ:ryo 和也:カズヤ:kazuya 正人:マサト:masato"
    " 陽子:ヨウコ:yoko 美咲:ミサキ:misaki 由美:ユミ:yumi 恵子:ケイコ:keiko 彩:アヤ:aya"
    " 真由美:マユミ:mayumi 千尋:チヒロ:chihiro 結衣:ユイ:yui 葵:アオイ:aoi 裕子:ユウコ:yuko"
    " 奈々:ナナ:nana 智子:トモコ:tomoko 香織:カオリ:kaori 麻衣:マイ:mai 遥:ハルカ:haruka"
)

PLACES = (
    Place("東京都", "千代田区", "100", "03", ("丸の内", "大手町", "神田錦町")),
    Place("東京都", "港区", "105", "03", ("芝公園", "新橋", "虎ノ門")),
    Place("東京都", "品川区", "141", "03", ("大崎", "西五反田", "東五反田")),
    Place("東京都", "八王子市", "192", "042", ("旭町", "明神町", "高倉町")),
    Place("神奈川県", "横浜市西区", "220", "045", ("みなとみらい", "北幸", "高島")),
    Place("神奈川県", "川崎市幸区", "212", "044", ("堀川町", "大宮町", "新川崎")),
    Place("埼玉県", "さいたま市大宮区", "330", "048", ("桜木町", "錦町", "吉敷町")),
    Place("千葉県", "千葉市美浜区", "261", "043", ("中瀬", "ひび野", "新港")),
    Place("愛知県", "名古屋市中村区", "450", "052", ("名駅", "那古野", "名駅南")),
    Place("愛知県", "豊田市", "471", "0565", ("若宮町", "小坂本町", "元城町")),
    Place("静岡県", "浜松市中央区", "430", "053", ("板屋町", "砂山町", "旭町")),
    Place("大阪府", "大阪市北区", "530", "06", ("梅田", "中之島", "堂島")),
    Place("大阪府", "東大阪市", "577", "06", ("長田", "荒本北", "高井田")),
    Place("京都府", "京都市下京区", "600", "075", ("四条通", "烏丸通", "中堂寺")),
    Place("兵庫県", "神戸市中央区", "650", "078", ("三宮町", "港島南町", "東川崎町")),
    Place("広島県", "広島市中区", "730", "082", ("紙屋町", "大手町", "八丁堀")),
    Place("福岡県", "福岡市博多区", "812", "092", ("博多駅前", "中洲", "店屋町")),
    Place("北海道", "札幌市中央区", "060", "011", ("大通西", "北一条西", "南一条西")),
    Place("宮城県", "仙台市青葉区", "980", "022", ("中央", "一番町", "本町")),
    Place("石川県", "金沢市", "920", "076", ("広岡", "香林坊", "本町")),
    Place("長野県", "諏訪市", "392", "0266", ("大手", "湖岸通り", "高島")),
    Place("沖縄県", "那覇市", "900", "098", ("久茂地", "泉崎", "おもろまち")),
)

TITLES = ("部長", "課長", "係長", "主任", "取締役", "代表取締役", "工場長", "担当")
DEPARTMENTS = ("生産技術部", "設備保全課", "購買部", "情報システム部", "品質保証部", "経営企画室", "総務部")

SUBJECTS = (
    "第一工場 温度監視システム",
    "第二工場 設備予知保全",
    "冷蔵倉庫 温湿度管理",
    "ボイラー室 圧力計更新",
    "排水処理 流量計測",
    "生産ライン IoT化",
    "クリーンルーム 環境モニタリング",
    "データロガー 一括更新",
    "定期校正 年間契約",
    "保守契約 更新",
    "新棟 計装工事",
    "タンク液位 遠隔監視",
    "省エネ診断",
    "センサー追加導入",
)
NEXT_STEPS = ("見積書の提出", "現地調査の日程調整", "稟議の確認", "技術打合せ", "サンプル機の貸出", "契約書の確認")
