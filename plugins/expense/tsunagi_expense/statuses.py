"""What expenses and reports go through, and how each status reads."""

from tsunagi import StatusLabel, Text

REPORT_STATUSES = (
    StatusLabel("draft", Text("Draft", "下書き"), "secondary"),
    StatusLabel("submitted", Text("Awaiting approval", "承認待ち"), "warning"),
    StatusLabel("approved", Text("Approved", "承認済み"), "info"),
    StatusLabel("rejected", Text("Rejected", "却下"), "danger"),
    StatusLabel("recalled", Text("Recalled", "取り下げ"), "secondary"),
    StatusLabel("reimbursed", Text("Reimbursed", "精算済み"), "success"),
)
# An expense is as far as its report is; alone it waits to be put into one.
EXPENSE_STATUSES = (StatusLabel("unreported", Text("Not reported", "未申請"), "warning"), *REPORT_STATUSES)
