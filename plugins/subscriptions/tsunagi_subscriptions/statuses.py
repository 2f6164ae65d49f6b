"""What a subscription goes through, and how each status reads."""

from tsunagi import StatusLabel, Text

SUBSCRIPTION_STATUSES = (
    StatusLabel("future", Text("Starts later", "開始前"), "info"),
    StatusLabel("trial", Text("Trial", "試用中"), "info"),
    StatusLabel("trial_expired", Text("Trial over", "試用終了"), "secondary"),
    StatusLabel("live", Text("Live", "有効"), "success"),
    StatusLabel("non_renewing", Text("Ends with its term", "更新なし"), "warning"),
    StatusLabel("unpaid", Text("Unpaid", "未払い"), "danger"),
    StatusLabel("dunning", Text("Payment being retried", "支払い再試行中"), "danger"),
    StatusLabel("paused", Text("Paused", "一時停止"), "warning"),
    StatusLabel("cancelled", Text("Cancelled", "解約済み"), "secondary"),
    StatusLabel("expired", Text("Expired", "満了"), "secondary"),
)
