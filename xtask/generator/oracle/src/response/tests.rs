use super::*;

fn document() -> Value {
    json!({
        "openapi": "3.0.3",
        "paths": {"/pets": {"get": {"responses": {
            "200": {
                "description": "Pets.",
                "headers": {"X-Total": {"required": true, "schema": {"type": "integer", "maximum": 9}}},
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}},
            },
            "304": {"description": "As it was.", "content": {"application/json": {}}},
            "4XX": {"description": "No."},
        }}}},
        "components": {"schemas": {"Pet": {
            "type": "object", "required": ["name", "secret"],
            "properties": {"name": {"type": "string", "minLength": 2}, "secret": {"writeOnly": true}},
        }}},
    })
}

fn field<'a>(response: &'a Response, name: &str) -> Vec<&'a str> {
    let own = response.headers.iter().filter(|(key, _)| key == name);
    own.map(|(_, value)| value.as_str()).collect()
}

/// What the contract above says, by hand.
fn is_declared(response: &Response) -> bool {
    let has_no_body = response.body.is_empty() && field(response, "content-type").is_empty();
    match response.status {
        200 => {
            let total = field(response, "X-Total");
            let is_total = |text: &str| {
                let number: Option<f64> = serde_json::from_str(text).ok();
                number.is_some_and(|number| number.fract() == 0.0 && number <= 9.0)
            };
            let body: Option<Value> = serde_json::from_slice(&response.body).ok();
            let name = body.as_ref().and_then(|body| body.get("name")?.as_str());
            matches!(total.as_slice(), [total] if is_total(total))
                && field(response, "content-type") == ["application/json"]
                && name.is_some_and(|name| name.chars().count() >= 2)
        }
        304 | 400..=499 => has_no_body,
        _ => false,
    }
}

fn asked(check: impl Fn(&Response) -> bool) -> Survey {
    let check = |response: &Response| {
        check(response)
            .then_some(())
            .ok_or_else(|| "undeclared".to_owned())
    };
    survey_responses(&document(), check, 1000, 1).unwrap()
}

#[test]
fn an_api_that_does_what_its_contract_says_agrees() {
    let survey = asked(is_declared);
    assert_eq!(survey.disagreements, Vec::<Value>::new());
    assert_eq!((survey.disagreed, survey.undecided), (0, 0));
    assert_eq!(survey.accepted + survey.refused, 1000);
    assert!(survey.accepted > 400 && survey.refused > 400, "{survey:?}");
}

#[test]
fn an_api_that_declares_too_much_is_found_out() {
    type Forgotten = fn(&Response) -> bool;
    let forgotten: [(&str, Forgotten); 6] = [
        ("a status", |one| matches!(one.status, 500..=599)),
        ("a header", |one| {
            one.status == 200 && field(one, "X-Total").is_empty()
        }),
        ("a repeated header", |one| field(one, "X-Total").len() == 2),
        ("a media type", |one| {
            field(one, "content-type") == ["application/x-unheard-of"]
        }),
        ("a body where none is declared", |one| {
            one.status == 404 && !one.body.is_empty()
        }),
        ("a missing body", |one| one.status == 200 && one.body.is_empty()),
    ];
    for (what, is_forgotten) in forgotten {
        let survey = survey_responses(
            &document(),
            |response| {
                let is_fine = is_declared(response) || is_forgotten(response);
                is_fine.then_some(()).ok_or_else(String::new)
            },
            6000,
            1,
        );
        let survey = survey.unwrap();
        let first = survey.disagreements.first();
        let oracle = first.map(|one| (&one["oracle"], &one["status"]));
        assert_eq!(oracle, Some((&json!("refuses"), &json!("as declared"))), "{what}");
    }
}

#[test]
fn an_api_that_declares_too_little_is_found_out() {
    let survey = asked(|response| is_declared(response) && response.status != 304);
    assert!(survey.disagreed > 0);
    for one in &survey.disagreements {
        assert_eq!(
            (&one["oracle"], &one["answer"]),
            (&json!("accepts"), &json!("undeclared"))
        );
        assert!(one["request"].as_str().unwrap().starts_with("304"), "{one}");
    }
}

/// However few are wanted.
#[test]
fn every_declared_response_is_asked_about_in_both_ways() {
    let statuses = std::cell::RefCell::new(Vec::new());
    let survey = survey_responses(
        &document(),
        |response| {
            statuses.borrow_mut().push(response.status / 100);
            if is_declared(response) {
                Ok(())
            } else {
                Err(String::new())
            }
        },
        1,
        1,
    );
    let survey = survey.unwrap();
    assert_eq!((survey.accepted, survey.refused, survey.disagreed), (3, 3, 0));
    assert!(
        [2, 3, 4]
            .iter()
            .all(|hundred| statuses.borrow().contains(hundred))
    );
}

#[test]
fn what_is_not_asked_about_is_told() {
    let mut document = document();
    document["paths"]["/pets"]["get"]["responses"]["200"]["headers"] =
        json!({"no name": {"schema": {}}, "Content-Type": {"schema": {"type": "null"}}});
    document["paths"]["/pets"]["get"]["responses"]["4XX"]["content"] = json!({"multipart/mixed": {}});
    let survey = survey_responses(&document, |_| Ok(()), 10, 1).unwrap();
    let skipped: Vec<&str> = survey.skipped.keys().map(String::as_str).collect();
    let expected = [
        "a body of which no media type can be written here",
        "a header whose name HTTP does not have",
    ];
    assert_eq!(skipped, expected);
}
