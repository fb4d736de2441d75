//! Requests to the public API, and their responses.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use lessmq::{Bus, Context};
use serde_json::{Value, json};
use tower::ServiceExt;
use user_contract::{Account, GetError, SignUpError, UsersClient, UsersFake, UsersServer};
use uuid::Uuid;

use super::{Gateway, MAX_BODY_BYTES, routes};

/// The service `user`. The email address selects what it does.
fn users() -> UsersFake {
    UsersFake::new().on_sign_up(|email, _, display_name| sign_up_by_email(email, display_name)).on_get(
        |id| async move {
            if !id.is_nil() {
                return Err(GetError::NotFound);
            }
            Ok(account("ada@example.com".to_owned(), "Ada".to_owned()))
        },
    )
}

async fn sign_up_by_email(email: String, display_name: String) -> Result<Account, SignUpError> {
    let reason = || "for a reason".to_owned();
    match email.split('@').next().unwrap_or_default() {
        "taken" => Err(SignUpError::EmailTaken),
        "invalid" => Err(SignUpError::InvalidEmail { reason: reason() }),
        "weak" => Err(SignUpError::WeakPassword { reason: reason() }),
        "name" => Err(SignUpError::InvalidDisplayName { reason: reason() }),
        "broken" => Err(SignUpError::Unavailable),
        "panics" => panic!("the test wants it"),
        "slow" => std::future::pending().await,
        "asks" => {
            let context = Context::current().expect("a handler has one");
            let left = context.remaining().unwrap_or_default();
            assert!(left > Duration::ZERO && left <= Duration::from_secs(1), "{left:?}");
            Ok(account(email, context.metadata()["requestid"].clone()))
        }
        _ => Ok(account(email, display_name)),
    }
}

fn account(email: String, display_name: String) -> Account {
    Account { id: Uuid::nil(), email, display_name, created_at: jiff::Timestamp::UNIX_EPOCH }
}

/// Sends a request to a gateway with the fake service.
async fn answer(request: Request<Body>) -> (StatusCode, Value) {
    let bus = Bus::memory();
    let running = lessmq::App::new(bus.clone()).serve(UsersServer::new(users())).start().await;
    let _until_answered = running.expect("the bus is open");
    answer_on(&bus, request).await
}

async fn answer_on(bus: &Bus, request: Request<Body>) -> (StatusCode, Value) {
    let request_timeout = Duration::from_secs(1);
    let gateway = Gateway { users: UsersClient::new(bus), request_timeout };
    let response = routes(gateway).oneshot(request).await.expect("routes always answer");
    let (parts, body) = response.into_parts();
    assert!(parts.headers.contains_key("x-request-id"));
    let bytes = axum::body::to_bytes(body, usize::MAX).await.expect("the body is in memory");
    let body: Value = serde_json::from_slice(&bytes).expect("every response is JSON");
    if !parts.status.is_success() {
        let names: Vec<_> =
            body.as_object().expect("errors are objects").keys().map(String::as_str).collect();
        assert_eq!(names, ["error", "message", "path", "requestId", "statusCode", "timestamp"]);
        assert_eq!(body["statusCode"], parts.status.as_u16());
        assert_eq!(body["requestId"], parts.headers["x-request-id"].to_str().expect("ids are text"));
    }
    (parts.status, body)
}

fn sign_up(body: impl Into<Body>) -> Request<Body> {
    let request = Request::post("/auth/signup").header(header::CONTENT_TYPE, "application/json");
    request.body(body.into()).expect("the request is valid")
}

fn get(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).expect("the request is valid")
}

fn body(email: &str) -> String {
    json!({"email": email, "password": "SecureP@ss1!", "displayName": "Ada"}).to_string()
}

async fn check(request: Request<Body>, status: u16, error: &str) {
    let what = format!("{} {}", request.method(), request.uri());
    let (found, body) = answer(request).await;
    assert_eq!((found.as_u16(), body["error"].as_str()), (status, Some(error)), "{what}: {body}");
    assert!(!body.to_string().contains("SecureP@ss1!"), "{body}");
}

#[tokio::test]
async fn a_sign_up_returns_the_account() {
    let (status, body) = answer(sign_up(body("ada@example.com"))).await;
    assert_eq!(status, StatusCode::CREATED);
    let expected = json!({"userId": Uuid::nil(), "email": "ada@example.com", "displayName": "Ada"});
    assert_eq!(body, expected);
}

#[tokio::test]
async fn errors_of_the_service_have_their_status_codes() {
    check(sign_up(body("taken@example.com")), 409, "EmailAlreadyUsed").await;
    check(sign_up(body("invalid@example.com")), 400, "InvalidEmail").await;
    check(sign_up(body("weak@example.com")), 400, "WeakPassword").await;
    check(sign_up(body("name@example.com")), 400, "InvalidDisplayName").await;
}

#[tokio::test]
async fn failures_of_the_service_have_their_status_codes() {
    check(sign_up(body("broken@example.com")), 503, "ServiceUnavailable").await;
    check(sign_up(body("panics@example.com")), 502, "BadGateway").await;
    check(sign_up(body("slow@example.com")), 504, "GatewayTimeout").await;
}

#[tokio::test]
async fn a_service_that_is_not_running_is_unavailable() {
    let (status, answer) = answer_on(&Bus::memory(), sign_up(body("ada@example.com"))).await;
    assert_eq!((status.as_u16(), answer["error"].as_str()), (503, Some("ServiceUnavailable")));
}

#[tokio::test]
async fn an_invalid_body_is_a_bad_request() {
    for bad in ["", "{", "SecureP@ss1!", "\u{0}", "{\"email\": \"SecureP@ss1!"] {
        check(sign_up(bad), 400, "InvalidJson").await;
    }
    let nested = "[".repeat(10_000);
    check(sign_up(nested), 400, "InvalidJson").await;
    check(sign_up(vec![0xff, 0xfe]), 400, "InvalidJson").await;
    for bad in ["null", "7", "[]", "\"SecureP@ss1!\"", "{}", r#"{"email": "a@b.example"}"#] {
        check(sign_up(bad), 400, "ValidationError").await;
    }
    for (field, value) in
        [("email", json!(7)), ("password", json!(["SecureP@ss1!"])), ("displayName", json!(null))]
    {
        let mut form = json!({"email": "a@b.example", "password": "SecureP@ss1!", "displayName": "Ada"});
        form[field] = value;
        check(sign_up(form.to_string()), 400, "ValidationError").await;
    }
}

#[tokio::test]
async fn a_body_of_another_type_or_over_the_limit_is_rejected() {
    let text =
        Request::post("/auth/signup").header(header::CONTENT_TYPE, "text/plain").body(body("a@b.c").into());
    check(text.expect("the request is valid"), 415, "UnsupportedMediaType").await;
    let untyped = Request::post("/auth/signup").body(body("a@b.c").into());
    check(untyped.expect("the request is valid"), 415, "UnsupportedMediaType").await;
    check(sign_up(" ".repeat(MAX_BODY_BYTES + 1)), 413, "PayloadTooLarge").await;
}

#[tokio::test]
async fn an_unknown_path_or_method_is_an_error() {
    check(get("/nowhere"), 404, "NotFound").await;
    check(get("/auth/signup"), 405, "MethodNotAllowed").await;
    check(get("/users/7"), 400, "InvalidId").await;
    check(get("/users/%ff"), 400, "InvalidId").await;
    check(get("/users/01890000-0000-7000-8000-000000000000"), 404, "NotFound").await;
}

#[tokio::test]
async fn a_profile_does_not_contain_the_address() {
    let (status, body) = answer(get("/users/00000000-0000-0000-0000-000000000000")).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(body, json!({"id": Uuid::nil(), "displayName": "Ada"}));
}

#[tokio::test]
async fn calls_have_the_deadline_and_the_id_of_the_request() {
    let mut request = sign_up(body("asks@example.com"));
    request.headers_mut().insert("x-request-id", "the-callers-own".parse().expect("it is a valid header"));
    let (status, body) = answer(request).await;
    assert_eq!((status, body["displayName"].as_str()), (StatusCode::CREATED, Some("the-callers-own")));
}

#[tokio::test]
async fn an_unusable_id_is_replaced() {
    for id in ["", "two words", &"x".repeat(65)] {
        let mut request = get("/nowhere");
        request.headers_mut().insert("x-request-id", id.parse().expect("it is a valid header"));
        let (_, body) = answer(request).await;
        assert!(Uuid::parse_str(body["requestId"].as_str().expect("ids are text")).is_ok(), "{body}");
    }
}
