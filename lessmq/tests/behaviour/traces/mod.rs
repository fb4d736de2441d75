//! Traces of OpenTelemetry: one from the caller to every handler.

mod desk;
mod recorder;

use lessmq::transport::DeadLetterReason;
use lessmq::{App, Bus, CallError};
use opentelemetry::trace::{SpanKind, Status};
use tracing::{Instrument, info_span};

use self::desk::Services;
use self::recorder::{Recorder, attribute, caller_in_trace, trace_parent};
use crate::shop::{LedgerClient, LedgerServer, ShopClient, ShopService, short_retry};
use crate::support::{commands, expect_dead, next, on_each_driver, publish};

on_each_driver!(
    calls_commands_and_events_of_a_handler_belong_to_the_trace_of_its_caller,
    a_span_says_what_was_sent_where,
    each_attempt_is_a_child_of_the_span_that_sent_the_message,
    attempts_in_order_are_children_of_the_span_that_sent_the_message,
    a_dead_letter_continues_its_trace,
    a_message_that_is_sent_later_belongs_to_the_trace_in_which_it_was_made,
    a_task_of_a_handler_continues_the_trace_in_the_scope_of_its_context,
    a_span_around_the_scope_of_a_context_takes_precedence,
    spans_of_the_program_are_joined_where_those_of_lessmq_are_filtered_out,
    without_a_layer_of_opentelemetry_a_message_continues_the_trace,
    a_trace_that_is_not_sampled_stays_so,
    the_trace_state_travels_with_the_trace,
    a_failure_has_its_kind,
);

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7";

async fn calls_commands_and_events_of_a_handler_belong_to_the_trace_of_its_caller(bus: Bus) {
    let recorder = Recorder::start();
    let mut services = Services::start(&bus).await;
    let seen = services.desk.order().into_future().instrument(info_span!("caller")).await.unwrap();
    assert_eq!(services.shop_reports().await, "ordered");
    assert_eq!(services.subscriber_reports().await, "shipped 1, attempt 1");
    services.shut_down().await;
    let spans = recorder.spans();
    let expected = [
        "caller internal",
        "  desk.order client",
        "    desk.order server",
        "      shop.introspect client",
        "        shop.introspect server",
        "      shop.note producer",
        "        shop.note consumer",
        "      shop.shipped producer",
        "        shop.shipped consumer",
    ];
    assert_eq!(spans.tree(), expected);
    let sent = trace_parent(spans.one("shop.introspect", SpanKind::Client));
    assert_eq!(seen.trace_parent.unwrap(), sent.to_string(), "the message carries the span that sent it");
}

async fn a_span_says_what_was_sent_where(bus: Bus) {
    let recorder = Recorder::start();
    let mut services = Services::start(&bus).await;
    let seen = services.desk.order().await.unwrap();
    services.shop_reports().await;
    services.subscriber_reports().await;
    services.shut_down().await;
    let (spans, driver) = (recorder.spans(), bus.capabilities().driver);
    for kind in [SpanKind::Client, SpanKind::Server] {
        let call = spans.one("shop.introspect", kind);
        for (name, expected) in [
            ("rpc.system.name", "lessmq"),
            ("rpc.method", "shop.introspect"),
            ("messaging.message.id", &seen.id),
        ] {
            assert_eq!(attribute(call, name), expected, "{name}");
        }
        assert_eq!((attribute(call, "error.type").as_str(), &call.status), ("", &Status::Unset));
    }
    for (kind, operation, name) in
        [(SpanKind::Producer, "send", "publish"), (SpanKind::Consumer, "process", "process")]
    {
        let (note, shipped) = (spans.one("shop.note", kind.clone()), spans.one("shop.shipped", kind));
        assert_eq!(attribute(note, "messaging.destination.name"), "shop.commands");
        assert_eq!(attribute(shipped, "messaging.destination.name"), "shop.shipped");
        for span in [note, shipped] {
            assert_eq!(attribute(span, "messaging.system"), driver);
            assert_eq!(attribute(span, "messaging.operation.type"), operation);
            assert_eq!(attribute(span, "messaging.operation.name"), name);
            assert_eq!(attribute(span, "messaging.message.id").len(), 36);
        }
    }
    let handled = spans.one("shop.shipped", SpanKind::Consumer);
    assert_eq!(attribute(handled, "messaging.consumer.group.name"), "mail");
    assert_eq!(attribute(handled, "lessmq.attempt"), "1");
    assert_eq!(attribute(spans.one("desk.order", SpanKind::Server), "cloudevents.event_source"), "web");
}

async fn each_attempt_is_a_child_of_the_span_that_sent_the_message(bus: Bus) {
    let recorder = Recorder::start();
    let mut services = Services::start(&bus).await;
    services.shop.fail(1, false).into_future().instrument(info_span!("caller")).await.unwrap();
    services.shop_reports().await;
    services.shop_reports().await;
    services.shut_down().await;
    let spans = recorder.spans();
    let expected =
        ["caller internal", "  shop.fail producer", "    shop.fail consumer", "    shop.fail consumer"];
    assert_eq!(spans.tree(), expected);
    let attempts = spans.all("shop.fail", SpanKind::Consumer);
    let attributes = |name| [attribute(attempts[0], name), attribute(attempts[1], name)];
    assert_eq!(attributes("lessmq.attempt"), ["1", "2"]);
    assert_eq!(attributes("error.type"), ["handler", ""]);
    assert!(matches!(attempts[0].status, Status::Error { .. }));
    assert_eq!(attempts[1].status, Status::Unset);
}

async fn attempts_in_order_are_children_of_the_span_that_sent_the_message(bus: Bus) {
    let recorder = Recorder::start();
    let (service, mut probe) = ShopService::new();
    let server = LedgerServer::new(service).retry(short_retry());
    let running = App::new(bus.named("ledger")).serve(server).start().await.unwrap();
    LedgerClient::new(&bus).book(7, 1).await.unwrap();
    for attempt in ["book 7, attempt 1", "book 7, attempt 2"] {
        assert_eq!(next(&mut probe.reports).await, attempt);
    }
    running.shut_down().await.unwrap();
    let expected = ["ledger.book producer", "  ledger.book consumer", "  ledger.book consumer"];
    assert_eq!(recorder.spans().tree(), expected);
}

async fn a_dead_letter_continues_its_trace(bus: Bus) {
    let recorder = Recorder::start();
    let mut services = Services::start(&bus).await;
    services.shop.fail(1, true).into_future().instrument(info_span!("caller")).await.unwrap();
    services.shop_reports().await;
    let (_, letter) = expect_dead(&bus, commands().into(), DeadLetterReason::Terminal, 1).await;
    let sent = trace_parent(recorder.spans().one("shop.fail", SpanKind::Producer));
    assert_eq!(letter.trace_parent, Some(sent));
    publish(&bus, commands(), letter).await;
    services.shop_reports().await;
    services.shut_down().await;
    let expected =
        ["caller internal", "  shop.fail producer", "    shop.fail consumer", "    shop.fail consumer"];
    assert_eq!(recorder.spans().tree(), expected);
}

async fn a_message_that_is_sent_later_belongs_to_the_trace_in_which_it_was_made(bus: Bus) {
    let recorder = Recorder::start();
    let mut services = Services::start(&bus).await;
    let note = ShopClient::new(&bus).note("later".to_owned());
    let message = info_span!("caller").in_scope(|| note.into_outgoing()).unwrap();
    bus.send(message).await.unwrap();
    services.shop_reports().await;
    services.shut_down().await;
    let spans = recorder.spans();
    assert_eq!(spans.tree(), ["caller internal", "  shop.note producer", "    shop.note consumer"]);
    let made = spans.one("shop.note", SpanKind::Producer);
    assert_eq!(attribute(made, "messaging.operation.type"), "create");
}

async fn a_task_of_a_handler_continues_the_trace_in_the_scope_of_its_context(bus: Bus) {
    let recorder = Recorder::start();
    let services = Services::start(&bus).await;
    services.desk.delegate().await.unwrap();
    services.shut_down().await;
    let expected = [
        "desk.delegate client",
        "  desk.delegate server",
        "    work internal",
        "      shop.introspect client",
        "        shop.introspect server",
    ];
    assert_eq!(recorder.spans().tree(), expected);
}

async fn a_span_around_the_scope_of_a_context_takes_precedence(bus: Bus) {
    let recorder = Recorder::start();
    let services = Services::start(&bus).await;
    services.desk.instruct().await.unwrap();
    services.shut_down().await;
    let expected = [
        "desk.instruct client",
        "  desk.instruct server",
        "    work internal",
        "      shop.introspect client",
        "        shop.introspect server",
    ];
    assert_eq!(recorder.spans().tree(), expected);
}

async fn spans_of_the_program_are_joined_where_those_of_lessmq_are_filtered_out(bus: Bus) {
    for start in [Recorder::without_spans_of_lessmq, Recorder::with_other_layers_for_lessmq] {
        let recorder = start();
        let services = Services::start(&bus).await;
        let seen = services.desk.delegate().into_future().instrument(info_span!("caller")).await.unwrap();
        services.shut_down().await;
        let spans = recorder.spans();
        assert_eq!(spans.tree(), ["caller internal", "  work internal"]);
        let sent = trace_parent(spans.one("work", SpanKind::Internal));
        assert_eq!(seen.trace_parent.unwrap(), sent.to_string());
    }
}

async fn without_a_layer_of_opentelemetry_a_message_continues_the_trace(bus: Bus) {
    let _subscriber = tracing::subscriber::set_default(tracing_subscriber::registry());
    let mut services = Services::start(&bus).await;
    let seen = services.desk.order().await.unwrap();
    services.shop_reports().await;
    services.subscriber_reports().await;
    services.shut_down().await;
    let sent = seen.trace_parent.unwrap();
    assert!(!sent.contains(&seen.id.replace('-', "")), "the trace is that of the first message: {sent}");
}

async fn a_trace_that_is_not_sampled_stays_so(bus: Bus) {
    let recorder = Recorder::start();
    let mut services = Services::start(&bus).await;
    let caller = caller_in_trace(&format!("{PARENT}-00"), "");
    let seen = services.desk.order().into_future().instrument(caller).await.unwrap();
    services.shop_reports().await;
    services.subscriber_reports().await;
    services.shut_down().await;
    let sent = seen.trace_parent.unwrap();
    assert!(sent.starts_with(&PARENT[..35]) && sent.ends_with("-00"), "{sent}");
    assert!(!sent.starts_with(PARENT), "each message has the span that sent it: {sent}");
    assert!(recorder.spans().is_empty());
}

async fn the_trace_state_travels_with_the_trace(bus: Bus) {
    let recorder = Recorder::start();
    let mut services = Services::start(&bus).await;
    let caller = caller_in_trace(&format!("{PARENT}-01"), "vendor=1,other=2");
    services.desk.order().into_future().instrument(caller).await.unwrap();
    services.shop_reports().await;
    services.subscriber_reports().await;
    services.shut_down().await;
    let spans = recorder.spans();
    let handled = &spans.one("shop.introspect", SpanKind::Server).span_context;
    assert_eq!(handled.trace_state().header(), "vendor=1,other=2");
    assert_eq!(handled.trace_id().to_string(), PARENT[3..35]);
}

async fn a_failure_has_its_kind(bus: Bus) {
    let recorder = Recorder::start();
    let services = Services::start(&bus).await;
    let rejected = services.shop.order("unicorn".to_owned(), None).await;
    assert!(matches!(rejected, Err(CallError::Rejected(_))));
    services.shop.panic().await.unwrap_err();
    services.shut_down().await;
    let spans = recorder.spans();
    for (name, kind, error_type, is_failed) in [
        ("shop.order", SpanKind::Client, "rejected", true),
        ("shop.order", SpanKind::Server, "rejected", false),
        ("shop.panic", SpanKind::Client, "handler", true),
        ("shop.panic", SpanKind::Server, "handler", true),
    ] {
        let span = spans.one(name, kind);
        assert_eq!(attribute(span, "error.type"), error_type, "{name}");
        assert_eq!(matches!(span.status, Status::Error { .. }), is_failed, "{name}: {:?}", span.status);
    }
}
