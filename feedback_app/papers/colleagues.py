"""The part of the inventory about colleagues at work: what they made, and the programs they let in."""

from feedback_app.papers.declaring import Personal

OF_COLLEAGUES = (
    Personal(
        "editions",
        "colleagues",
        "following",
        "archive",
        conduct="account_id compiled_at",
        text="content html pdf annex material reason",
        other="id wave_key region_key locale state content_hash arrangement replaces_id",
    ),
    Personal(
        "practice_events",
        "colleagues",
        "following",
        "archive",
        conduct="account_id at",
        text="note",
        other="id practice_id step",
    ),
    Personal(
        "regional_item_events",
        "colleagues",
        "following",
        "archive",
        conduct="account_id at",
        text="reason",
        other="id item_id state",
    ),
    Personal(
        "signals",
        "colleagues",
        "following",
        "archive",
        conduct="responsible_id",
        text=(
            "observation own_action title finding reading reading_by causes consequence ask concerns"
            " addressee answer answered_by will_do told_said told_doing told_by told_when reason"
        ),
        other=(
            "id code wave_key region_key state theme_key frequency spread municipalities solver"
            " is_practice level handed_on due_on evidence answered_on earlier_id revision"
        ),
    ),
    Personal(
        "signal_events",
        "colleagues",
        "following",
        "archive",
        conduct="account_id at",
        text="note changes",
        other="id signal_id kind state",
    ),
    Personal(
        "signal_checks", "colleagues", "following", "archive", text="why", other="signal_id criterion holds"
    ),
    Personal(
        "signal_reminders",
        "colleagues",
        "following",
        "archive",
        conduct="account_id sent_at state",
        other="signal_id step about_on",
    ),
    Personal(
        "told_texts",
        "colleagues",
        "following",
        "archive",
        conduct="written_by reviewed_by",
        text="said doing by_whom when_text",
        other="signal_id locale state dutch_hash",
    ),
    Personal(
        "api_tokens",
        "colleagues",
        "accounts",
        "api_tokens",
        keys="token_hash",
        features="role region_key",
        conduct="account_id made_on last_used_on ended_on",
        other="id hint name scopes expires_on ended_why",
    ),
    Personal(
        "api_requests",
        "colleagues",
        "asking",
        "api_requests",
        keys="key_hash fingerprint answer_sealed",
        conduct="begun_at",
        other="token_id state status",
    ),
    Personal(
        "webhooks",
        "colleagues",
        "accounts",
        "accounts",
        keys="secret_sealed",
        conduct="account_id made_on",
        other="id url events state seen mail",
    ),
    Personal(
        "written_texts",
        "colleagues",
        "following",
        "archive",
        text="target previous served",
        conduct="notes undone",
        other="locale name domain context source fuzzy",
    ),
    Personal(
        "written_states",
        "colleagues",
        "following",
        "archive",
        conduct="reviewer",
        other="locale domain stamp state seal withdrawn served_state served_seal last_name",
    ),
)
