"""What a new CRM organisation calls its stages and industries, in both languages; any other value is shown as it is."""

from collections.abc import Mapping

from tsunagi import Text

STAGES: Mapping[str, Text] = {
    value: Text(en=value, ja=japanese)
    for value, japanese in {
        "Qualification": "見込み確認",
        "Needs Analysis": "ニーズ分析",
        "Value Proposition": "価値の提案",
        "Identify Decision Makers": "意思決定者の特定",
        "Id. Decision Makers": "意思決定者の特定",
        "Perception Analysis": "認識の分析",
        "Proposal/Price Quote": "提案・見積",
        "Negotiation": "交渉",
        "Negotiation/Review": "交渉・検討",
        "Closed Won": "受注",
        "Closed Lost": "失注",
        "Closed Lost to Competition": "競合により失注",
        "Closed-Lost to Competition": "競合により失注",
    }.items()
}
INDUSTRIES: Mapping[str, Text] = {
    value: Text(en=value, ja=japanese)
    for value, japanese in {
        "ASP (Application Service Provider)": "ASP(アプリケーション提供)",
        "Communications": "通信",
        "Consulting": "コンサルティング",
        "Data/Telecom OEM": "データ・通信機器 OEM",
        "ERP (Enterprise Resource Planning)": "ERP(基幹業務システム)",
        "Education": "教育",
        "Financial Services": "金融",
        "Government/Military": "官公庁・防衛",
        "Large Enterprise": "大企業",
        "Manufacturing": "製造",
        "ManagementISV": "管理系ソフトウェア",
        "MSP (Management Service Provider)": "MSP(運用管理サービス)",
        "Network Equipment Enterprise": "ネットワーク機器(企業向け)",
        "Non-management ISV": "管理系以外のソフトウェア",
        "Optical Networking": "光通信",
        "Real Estate": "不動産",
        "Service Provider": "サービス事業者",
        "Small/Medium Enterprise": "中小企業",
        "Storage Equipment": "ストレージ機器",
        "Storage Service Provider": "ストレージサービス",
        "Systems Integrator": "システムインテグレーター",
        "Technology": "テクノロジー",
        "Wireless Industry": "無線通信",
    }.items()
}
