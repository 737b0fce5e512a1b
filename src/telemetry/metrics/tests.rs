use super::operation_name;

#[test]
fn a_statement_counts_as_the_word_that_it_begins_with() {
    let check = |sql: &str, expected: &str| assert_eq!(operation_name(sql), expected, "{sql}");
    check("SELECT 1", "SELECT");
    check("\n  select * from event_log", "SELECT");
    check("WITH head AS (UPDATE x) INSERT INTO y", "WITH");
    check("COMMIT", "COMMIT");
    check("SET TRANSACTION READ ONLY; SET LOCAL a.b = 'c'", "SET");
    for other in ["", "  ", "LOCK TABLE x", "selects", "INSERTED"] {
        check(other, "_OTHER");
    }
}
