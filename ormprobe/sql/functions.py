"""SQL functions that each database system brings with it: those that apps call, lower case.

Source: the function references of PostgreSQL 17, SQLite 3.50 and MySQL 8.4. A name that is in none
of them is a function of the app's own, or a slip.
"""

from __future__ import annotations

_EVERY = """
abs avg char_length coalesce concat count cume_dist dense_rank first_value lag last_value lead
lower ltrim max min mod nth_value ntile nullif percent_rank power rank replace round row_number
rtrim sqrt substr substring sum trim upper exp floor ceil ceiling ln sign length
"""

_POSTGRES = """
age any all array_agg array_append array_cat array_length array_position array_prepend array_remove
array_replace array_to_json array_to_string ascii bit_and bit_or bool_and bool_or btrim cardinality
cbrt char_length chr clock_timestamp concat_ws convert_from corr crosstab current_schema
current_setting currval date_bin date_part date_trunc decode degrees digest div encode every
extract format gen_random_uuid generate_series generate_subscripts greatest initcap isfinite
json_agg json_array_elements json_array_length json_build_array json_build_object json_each
json_object_agg json_extract_path json_populate_record json_typeof jsonb_agg jsonb_array_elements
jsonb_array_elements_text jsonb_array_length jsonb_build_array jsonb_build_object jsonb_each
jsonb_each_text jsonb_exists jsonb_extract_path jsonb_extract_path_text jsonb_insert jsonb_object
jsonb_object_agg jsonb_object_keys jsonb_path_exists jsonb_path_query jsonb_pretty jsonb_set
jsonb_strip_nulls jsonb_typeof justify_days justify_hours justify_interval lastval least left log
lpad make_date make_interval make_time make_timestamp md5 mode nextval now num_nonnulls num_nulls
overlay percentile_cont percentile_disc pg_advisory_lock pg_advisory_xact_lock
pg_get_serial_sequence pg_sleep phraseto_tsquery plainto_tsquery position quote_ident quote_literal
radians random regexp_count regexp_match regexp_matches regexp_replace regexp_split_to_array
regexp_split_to_table regr_slope repeat reverse right row_to_json rpad set_config setseed setval
sha256 similarity split_part statement_timestamp stddev stddev_pop stddev_samp string_agg
string_to_array string_to_table strpos timeofday timezone to_char to_date to_hex to_json to_jsonb
to_number to_timestamp to_tsquery to_tsvector transaction_timestamp translate trunc ts_headline
ts_rank ts_rank_cd txid_current unaccent unistr unnest uuid_generate_v4 uuidv7 var_pop var_samp
variance version websearch_to_tsquery width_bucket word_similarity xmlagg xpath
"""

_SQLITE = """
bm25 changes date datetime glob group_concat hex highlight ifnull iif instr json json_array
json_array_length json_each json_extract json_group_array json_group_object json_insert json_object
json_patch json_quote json_remove json_replace json_set json_tree json_type json_valid julianday
last_insert_rowid likelihood likely load_extension match max min printf quote random randomblob
snippet soundex sqlite_version strftime string_agg time timediff total total_changes typeof unhex
unicode unixepoch unlikely zeroblob concat concat_ws format octet_length
"""

_MYSQL = """
adddate addtime aes_decrypt aes_encrypt ascii benchmark bin bit_count char concat_ws conv convert_tz
crc32 curdate current_user curtime database date_add date_format date_sub datediff day dayname
dayofmonth dayofweek dayofyear elt export_set field find_in_set format found_rows from_days
from_unixtime get_format get_lock greatest group_concat hex hour if ifnull inet_aton inet_ntoa
insert instr isnull json_arrayagg json_contains json_contains_path json_extract json_keys
json_length json_merge_patch json_object json_objectagg json_overlaps json_quote json_search
json_set json_table json_type json_unquote json_valid last_day last_insert_id lcase least left
locate log10 log2 lpad makedate maketime md5 microsecond mid minute month monthname now oct ord
period_add period_diff pi position quarter quote rand regexp regexp_instr regexp_like regexp_replace
regexp_substr release_lock repeat reverse right row_count rpad sec_to_time second sha1 sha2 sleep
space std stddev str_to_date strcmp subdate substring_index subtime sysdate time_format time_to_sec
timediff timestampadd timestampdiff to_base64 to_days truncate ucase unhex unix_timestamp utc_date
utc_time utc_timestamp uuid uuid_to_bin values variance version week weekday weekofyear year
yearweek
"""

_OTHERS = "charindex dateadd datename datepart getdate getutcdate isnull len newid nvl nvl2 sysdate"

FUNCTIONS: dict[str, frozenset[str]] = {
    "postgresql": frozenset((_EVERY + _POSTGRES).split()),
    "sqlite": frozenset((_EVERY + _SQLITE).split()),
    "mysql": frozenset((_EVERY + _MYSQL).split()),
    "other": frozenset(_OTHERS.split()),
}


def homes_of(function: str) -> tuple[str, ...]:
    """The systems that bring a function with them; () for none that is known."""
    name = function.lower()
    return tuple(system for system, names in FUNCTIONS.items() if name in names)
