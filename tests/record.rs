//! What the catalogue and the table of the zoo show as verified is of the code that is generated today.

mod support;

use support::cases;

#[test]
fn the_record_is_of_todays_code() {
    let subjects = cases::subjects();
    let stale: Vec<&str> =
        cases::stale(&subjects, &support::columns()).iter().map(|subject| subject.name.as_str()).collect();
    assert!(stale.is_empty(), "verify these anew: cargo xtask frameworks record {}", stale.join(" "));
}
