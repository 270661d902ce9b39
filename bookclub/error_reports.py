"""Reports of errors to a Sentry server, where SENTRY_DSN names one: the failure and its place, nothing about people."""

from django.utils.module_loading import import_string

from bookclub.core.log_format import mask_secrets

# The other parts of a report hold requests, users, host names and what happened before.
KEPT = ["event_id", "timestamp", "level", "platform", "logger"]
KEPT_MASKED = ["exception", "logentry", "message", "transaction"]


def start_error_reports(dsn: str) -> None:
    import_string("sentry_sdk.init")(
        dsn=dsn,
        before_send=strip_report,
        include_local_variables=False,
        max_breadcrumbs=0,
        max_request_body_size="never",
        send_default_pii=False,
        auto_session_tracking=False,
        send_client_reports=False,
        shutdown_timeout=2,
    )


def strip_report(report: dict, hint: dict) -> dict:
    """Return the report without data of people, and its texts without secrets."""
    stripped = {name: report[name] for name in KEPT if name in report}
    return stripped | {name: mask_texts(report[name]) for name in KEPT_MASKED if name in report}


def mask_texts(value):
    if isinstance(value, str):
        return mask_secrets(value)
    if isinstance(value, dict):
        return {name: mask_texts(each) for name, each in value.items()}
    return [mask_texts(each) for each in value] if isinstance(value, (list, tuple)) else value
