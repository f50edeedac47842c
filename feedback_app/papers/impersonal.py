"""Tables that hold nothing about people, each with the reason and all its columns (see `inventory`)."""

from feedback_app.papers.declaring import Impersonal

IMPERSONAL = (
    Impersonal("agency_mappings", "files", "agency_key mapping changed_on"),
    Impersonal("api_windows", "machine", "token_id begins_at requests"),
    Impersonal("audit_heads", "chain", "id sequence own_hash anchor_sequence anchor_hash anchor_seal"),
    Impersonal("booklets", "published", "theme_key locale fingerprint practices made_at pdf"),
    Impersonal("channel_paces", "machine", "channel free_at"),
    Impersonal("installation", "machine", "name value"),
    Impersonal(
        "open_links", "nobody", "code mode survey_key region_key agency_key offer_type label active made_on"
    ),
    Impersonal("partner_offers", "organisation", "partner_id offer_type"),
    Impersonal("partner_regions", "organisation", "partner_id region_key"),
    Impersonal("pattern_runs", "published", "wave_key snapshot policy_version found_on"),
    Impersonal("pattern_tests", "published", "id wave_key verdict proposal"),
    Impersonal("poster_prints", "nobody", "code language pdf"),
    Impersonal(
        "published_participation", "published", "wave_key survey_key cut member participation policy_version"
    ),
    Impersonal(
        "published_statistics",
        "published",
        "wave_key survey_key cut member item_key statistic policy_version",
    ),
    Impersonal("questionnaire_versions", "questions", "fingerprint survey_key definition frozen_on"),
    Impersonal(
        "regional_items", "questions", "id region_key survey_key item_key definition why state reason"
    ),
    Impersonal("regional_questionnaires", "questions", "wave_key survey_key region_key fingerprint"),
    Impersonal(
        "released_figures",
        "published",
        "wave_key survey_key item_key cut member fingerprint printed cells release_id",
    ),
    Impersonal(
        "releases",
        "published",
        "id wave_key survey_key kind released_at region_key edition_id policy_version policy figures"
        " structure",
    ),
    Impersonal("sending_pauses", "machine", "scope since_on"),
    Impersonal("signal_evidence", "published", "id signal_id wave_key snapshot proposal digest"),
    Impersonal("task_runs", "machine", "task due_at began_at succeeded_at failed_at fault"),
    Impersonal("told_posters", "published", "locale pdf"),
    Impersonal("version_texts", "questions", "fingerprint locale texts review_state frozen_on"),
    Impersonal("wave_questionnaires", "questions", "wave_key survey_key fingerprint"),
    Impersonal("waves", "questions", "key starts_on ends_on state opened_on closed_on"),
    Impersonal(
        "webhook_deliveries",
        "machine",
        "id webhook_id sequence event payload state attempts next_at told_at outcome",
    ),
)
