use super::*;
use crate::{Literal, Named};

const INTEGER: Schema = Schema(&[Keyword::Type(&[Kind::Integer])]);
const NUMBER: Schema = Schema(&[Keyword::Type(&[Kind::Number])]);
const TEXT: Schema = Schema(&[Keyword::Type(&[Kind::String])]);
const FLAG: Schema = Schema(&[Keyword::Type(&[Kind::Boolean])]);

fn read(schema: Schema, text: &str) -> Result<Value, &'static str> {
    let guide = Guide::of(schema);
    Ok(guide.read(text)?.settle(&guide))
}

#[test]
fn the_schema_says_what_a_text_is() {
    assert_eq!(read(INTEGER, "5"), Ok(5.into()));
    assert_eq!(read(TEXT, "5"), Ok("5".into()));
    assert_eq!(read(NUMBER, "5.5"), Ok(5.5.into()));
    assert_eq!(read(FLAG, "true"), Ok(true.into()));
    assert_eq!(read(INTEGER, "5.5"), Err("must be a whole number"));
    assert_eq!(read(NUMBER, "five"), Err("must be a number"));
    assert_eq!(read(FLAG, "yes"), Err("must be true or false"));
    assert_eq!(read(Schema(&[]), "5"), Ok("5".into()));
}

#[test]
fn compositions_and_references_are_looked_through() {
    static TARGET: Schema = INTEGER;
    static REFERENCE: Schema = Schema(&[Keyword::Ref {
        reference: "#/components/schemas/Count",
        schema: &TARGET,
    }]);
    assert_eq!(read(REFERENCE, "5"), Ok(5.into()));
    assert_eq!(
        read(Schema(&[Keyword::AllOf(&[INTEGER, NUMBER])]), "5"),
        Ok(5.into())
    );
    let either = Schema(&[Keyword::OneOf(&[FLAG, INTEGER])]);
    assert_eq!(read(either, "true"), Ok(true.into()));
    assert_eq!(read(either, "5"), Ok(5.into()));
    let words = Schema(&[Keyword::Enum(&[Literal::Integer(1), Literal::Text("all")])]);
    assert_eq!(read(words, "1"), Ok(1.into()));
    assert_eq!(read(words, "all"), Ok("all".into()));
}

#[test]
fn of_several_readings_the_accepted_one_counts() {
    const SHORT: Schema = Schema(&[
        Keyword::Type(&[Kind::Integer]),
        Keyword::Maximum(Literal::Integer(9)),
    ]);
    const EITHER: Schema = Schema(&[Keyword::AnyOf(&[SHORT, TEXT])]);
    assert_eq!(read(EITHER, "5"), Ok(5.into()));
    assert_eq!(read(EITHER, "50"), Ok("50".into()));
}

#[test]
fn a_schema_that_contains_itself_is_looked_through_once() {
    static LIST: Schema = Schema(&[
        Keyword::Type(&[Kind::Array]),
        Keyword::Items(Schema(&[Keyword::Ref {
            reference: "#/components/schemas/List",
            schema: &LIST,
        }])),
    ]);
    assert!(Guide::of(LIST).item(0).item(0).is_array());
}

#[test]
fn a_number_is_what_json_writes_as_one() {
    assert_eq!(read(INTEGER, "-12"), Ok((-12).into()));
    assert_eq!(read(INTEGER, "1.0"), Ok(1.0.into()));
    for text in ["", "-", "+1", "01", "1.", "0x1", " 1", "1 ", "1\n", "\t1", "1\r"] {
        assert_eq!(read(INTEGER, text), Err("must be a whole number"), "{text:?}");
    }
}

/// What one member of a union does not speak of, another may allow.
#[test]
fn a_part_is_what_any_member_of_a_union_allows() {
    const OPEN: Schema = Schema(&[Keyword::Properties(&[])]);
    const NUMBERED: Schema = Schema(&[Keyword::Properties(&[Named {
        name: "a",
        schema: INTEGER,
    }])]);
    let read = |schema: Schema, text: &str| {
        let guide = Guide::of(schema).member("a");
        guide.read(text).map(|choice| choice.settle(&guide))
    };
    assert_eq!(read(NUMBERED, "x"), Err("must be a whole number"));
    assert_eq!(
        read(Schema(&[Keyword::AnyOf(&[NUMBERED, OPEN])]), "x"),
        Ok("x".into())
    );
    let both = Schema(&[Keyword::AllOf(&[NUMBERED, OPEN])]);
    assert_eq!(read(both, "x"), Err("must be a whole number"));
}
