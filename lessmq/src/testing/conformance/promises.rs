//! The list of cases. A promise is quoted from the docs of the item before the colon.

/// Calls the macro `$then` with the list of cases: the file of the case, its name, and the promise that it checks.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_cases {
    ([$($then:tt)+] $($arguments:tt)*) => { $($then)+! {
        [$($arguments)*]
        commands {
            a_command_is_delivered:
                "Transport::consume: the consumer gets the messages that wait in this source, and those that \
                 arrive later",
            a_command_waits_for_a_service_that_was_never_started:
                "Transport::publish: commands to a service that was never started wait for it",
            a_command_waits_while_there_is_no_consumer:
                "Queue::Commands: each command is kept until a consumer has acknowledged it",
            a_command_is_delivered_once_when_nothing_fails:
                "Transport::publish: when nothing fails, each message is sent once",
            a_command_reaches_only_its_service:
                "Destination: each queue and each topic is separate: only its own consumers get its messages",
            competing_consumers_share_the_commands:
                "Transport::consume: deliveries of one source are shared among all its consumers",
            commands_of_many_tasks_all_arrive: "Transport: many tasks may use it at the same time",
        }
        batches {
            a_batch_has_a_result_for_each_message_in_order:
                "Transport::publish: returns a result for each message, in the same order",
            a_message_that_fails_does_not_keep_others_from_being_stored:
                "Transport::publish: if one message fails, the others are still stored",
            an_empty_batch_has_no_results: "Transport::publish: an empty batch has no results",
            a_batch_of_more_messages_than_the_limit_is_split:
                "Transport::publish: the driver splits a batch that is larger than Capabilities::max_batch",
            a_batch_of_more_bytes_than_the_limit_is_split:
                "Transport::publish: the driver splits a batch that is larger than Capabilities::max_batch",
            a_batch_keeps_the_order_of_each_partition_key:
                "Transport::publish: messages of one ordered destination and one partition key are stored in the \
                 order of the batch",
            a_batch_can_have_several_destinations:
                "Transport::publish: the messages of a batch may have different destinations",
            every_message_of_a_batch_fails_after_close:
                "Transport::close: later operations fail with Closed, and so does each message of a later batch",
        }
        events {
            an_event_without_subscriptions_is_accepted:
                "Transport::publish: an event without subscriptions is stored nowhere, which is Ok",
            an_event_after_consume_is_not_missed:
                "Transport::consume: when this returns, the broker stores messages for this source, so later \
                 messages are not missed",
            every_group_gets_every_event: "Topic: each message is copied to every subscription",
            the_consumers_of_a_group_share_its_events: "Group::Named: each message goes to one consumer of the group",
            a_group_keeps_its_events_while_there_is_no_consumer:
                "Group::Named: messages are kept while there is no consumer",
            a_group_gets_only_the_events_of_its_topics: "Subscription: the group gets no messages of other topics",
            a_broadcast_reaches_every_consumer: "Group::Broadcast: every consumer gets every message",
            a_broadcast_subscription_ends_with_its_consumer:
                "Group::Broadcast: its subscription ends with the consumer",
            calls_commands_and_events_of_one_service_are_separate:
                "Destination: each queue and each topic is separate: only its own consumers get its messages",
        }
        consumers {
            prefetch_limits_the_unsettled_deliveries:
                "Transport::consume: at most ConsumeOptions::prefetch deliveries are unsettled at a time",
            a_dropped_consumer_returns_the_messages_it_had_buffered:
                "Consumer: the messages that it had buffered go back to the broker",
            a_delivery_can_be_settled_after_its_consumer_was_dropped:
                "Consumer: earlier deliveries can still be settled",
            one_connection_can_consume_a_source_twice:
                "Transport::consume: deliveries of one source are shared among all its consumers, on one \
                 connection or several",
            consumers_can_start_at_the_same_time:
                "Transport::consume: any number of consumers may start at the same time",
        }
        ordering {
            ordering_works_or_is_refused:
                "Capabilities::ordering: whether queues and topics can be ordered. If not, consuming from an \
                 ordered source fails with Unsupported",
            an_ordered_source_keeps_the_order_of_publishing:
                "Queue::Commands: messages of one partition key are delivered in the order of publishing",
            an_ordered_subscription_keeps_the_order_of_publishing:
                "Envelope::partition_key: on an ordered destination, messages with the same key are delivered in \
                 order",
            a_partition_key_has_one_consumer_at_a_time:
                "Transport::consume: messages of one partition key go to one consumer at a time, over all processes",
            another_consumer_takes_over_an_ordered_source:
                "Transport::consume: when that consumer ends, another one takes over",
            an_ordered_source_keeps_its_order_when_a_message_comes_back:
                "Settlement::Release: on an ordered source, it is delivered again before the messages behind it",
            ordered_commands_wait_for_a_service_that_was_never_started:
                "Transport::publish: commands to a service that was never started wait for it",
            ordered_commands_have_a_separate_queue: "Queue::Commands: ordered commands have a separate queue",
        }
        settlement {
            an_acknowledged_message_is_forgotten:
                "Settlement::Acknowledge: the message was handled: the broker deletes it",
            a_retried_message_is_delivered_again:
                "Settlement::Retry: the message is delivered again from the same source",
            a_retried_message_is_unchanged:
                "Settlement::Retry: the message is delivered again from the same source, unchanged",
            a_retried_message_is_not_delivered_before_its_delay:
                "Settlement::Retry: it is not delivered before the delay `after` is over",
            a_retried_message_counts_its_attempts:
                "Settlement::Retry: the message is delivered again from the same source, unchanged, as the next \
                 attempt",
            a_message_is_not_retried_in_a_hot_loop:
                "Settlement::Retry: a driver may round the delay up to its next level, but never down to zero",
            a_retry_does_not_hold_up_other_messages: "Settlement::Retry: other messages do not wait for it",
            a_retried_event_returns_only_to_its_group: "Settlement::Retry: an event returns only to its group",
            an_unsettled_message_is_delivered_again:
                "Delivery: if the delivery is dropped unsettled, or the process dies, the broker delivers the \
                 message again",
            a_slow_settlement_does_not_hold_up_the_next_delivery:
                "Transport::consume: a slow settlement does not delay the next delivery",
        }
        releases {
            a_released_message_is_delivered_again:
                "Settlement::Release: the message goes back to its queue unchanged, for any consumer",
            a_released_message_keeps_its_attempts: "Settlement::Release: its earlier attempts are still counted",
            a_released_message_is_unchanged: "Settlement::Release: the message goes back to its queue unchanged",
            releases_never_make_a_message_a_dead_letter:
                "Settlement::Release: a message that was only released never becomes a dead letter",
        }
        dead_letters {
            a_dead_letter_is_kept_complete:
                "Settlement::DeadLetter: the whole message moves to the dead letters of its source, with this reason",
            a_dead_letter_keeps_its_reason:
                "Settlement::DeadLetter: the whole message moves to the dead letters of its source, with this reason",
            a_dead_letter_is_removed_from_its_source:
                "Settlement::DeadLetter: it is stored there before it is removed from its queue",
            an_acknowledged_dead_letter_is_forgotten:
                "Settlement::Acknowledge: the message was handled: the broker deletes it",
            a_released_dead_letter_stays: "Settlement::Release: the message goes back to its queue unchanged",
            every_group_has_separate_dead_letters:
                "Source::DeadLetters: every queue and every group has separate dead letters",
        }
        redrives {
            a_redriven_message_comes_back_to_its_source_with_attempt_one:
                "Settlement::Redrive: it is a new message there: complete and with the same id, without the \
                 reason, and with its attempts counted from 1 again",
            a_redriven_message_is_complete:
                "Settlement::Redrive: it is a new message there: complete and with the same id",
            a_redriven_message_can_be_given_up_again: "Settlement::Redrive: it may become a dead letter again",
            a_redrive_removes_the_dead_letter:
                "Settlement::Redrive: it is stored there before it is removed from the dead letters",
            a_redriven_event_goes_to_its_group_only:
                "Settlement::Redrive: the dead letter moves back to the source that it came from: to its queue, \
                 which may be ordered or external, or to its group only and not to the topic",
            a_redriven_message_comes_back_to_an_ordered_source:
                "Settlement::Redrive: the dead letter moves back to the source that it came from: to its queue, \
                 which may be ordered or external",
            a_redriven_message_comes_back_to_an_external_queue:
                "Settlement::Redrive: the dead letter moves back to the source that it came from: to its queue, \
                 which may be ordered or external",
            only_dead_letters_can_be_redriven:
                "Settlement::Redrive: for any other, the result is the error Unsupported, and the message goes \
                 back to its queue",
            the_dead_letters_of_a_broadcast_cannot_be_redriven:
                "Source::redrive_target: the dead letters of a broadcast cannot be redriven, because each consumer \
                 has a queue that ends with it",
        }
        envelopes {
            every_attribute_arrives:
                "Envelope: it arrives as it was sent: with every attribute that is set, and no other",
            a_message_without_optional_attributes_arrives:
                "Envelope: it arrives as it was sent: with every attribute that is set, and no other",
            text_in_any_script_arrives: "Envelope: attributes may contain text in any script",
            an_empty_payload_arrives:
                "Envelope::data: a driver delivers every payload unchanged, even one that is empty or not text",
            a_binary_payload_arrives:
                "Envelope::data: a driver delivers every payload unchanged, even one that is empty or not text",
            every_attribute_of_an_event_arrives:
                "Envelope: it arrives as it was sent: with every attribute that is set, and no other",
        }
        sizes {
            a_message_of_the_largest_size_arrives: "Capabilities::max_message: a message of this size is delivered",
            a_larger_message_is_refused:
                "Capabilities::max_message: a larger message, call or reply is refused with TooLarge",
            attributes_of_the_largest_size_arrive:
                "Capabilities::max_attributes: attributes of this size are delivered",
            larger_attributes_are_refused:
                "Capabilities::max_attributes: a message with larger attributes is refused with TooLarge",
            a_larger_call_is_refused:
                "Capabilities::max_message: a larger message, call or reply is refused with TooLarge",
            a_larger_reply_is_refused:
                "Capabilities::max_message: a larger message, call or reply is refused with TooLarge",
        }
        calls {
            a_call_is_answered: "Transport::call: receives its reply: frames, in order, until one with Frame::end",
            a_call_can_be_acknowledged_before_its_reply:
                "Delivery::responder: a reply can be sent after the delivery was settled",
            many_calls_can_be_in_progress: "Transport::call: any number of calls may be in progress",
            replies_arrive_in_any_order: "Transport::call: their replies arrive in any order",
            every_caller_gets_the_reply_to_its_call:
                "Transport::call: their replies arrive in any order, each at its own caller",
            providers_share_the_calls:
                "Transport::consume: deliveries of one source are shared among all its consumers",
            a_call_can_be_cancelled: "Transport::call: dropping the replies cancels the call",
            a_call_is_sent_when_it_is_polled: "Transport::call: sends a call when the replies are first polled",
            a_call_to_a_service_that_no_one_provides_fails:
                "Transport::call: Unavailable if the service never ran on this bus",
            a_call_to_a_queue_of_commands_is_refused: "Transport::call: Unsupported for a queue of commands",
            an_unsettled_call_is_not_delivered_again: "Transport::call: the message is delivered at most once",
            an_idempotent_call_that_is_dropped_is_delivered_again:
                "Transport::call: a call that may be handled twice (Envelope::idempotent) is delivered again if it \
                 is dropped or its provider dies",
        }
        deadlines {
            an_unanswered_call_ends_at_its_deadline:
                "Transport::call: DeadlineExceeded if `deadline` passes before the reply arrives",
            a_call_whose_deadline_has_passed_fails:
                "Transport::call: DeadlineExceeded if `deadline` passes before the reply arrives",
            an_expired_call_is_not_delivered: "Queue::Calls: a call is dropped when its deadline passes",
            a_call_that_expired_without_a_provider_is_not_delivered:
                "Transport::call: the broker drops a call when `deadline` passes before a provider receives it",
            a_late_reply_is_dropped: "Responder::send: if the caller no longer waits, the frame is dropped",
            a_second_reply_is_dropped: "Responder::send: frames after the one with Frame::end are dropped, too",
        }
        streams {
            a_reply_of_several_frames_arrives_or_is_refused:
                "Capabilities::streams: whether a reply can have more than one frame. If not, Responder::send \
                 refuses such a reply with Unsupported",
        }
        status {
            status_counts_the_messages_or_is_refused:
                "Capabilities::status: whether Transport::status counts messages. If not, it fails with Unsupported",
            a_message_that_waits_for_a_retry_is_in_flight:
                "Status::in_flight: how many messages were delivered and not settled, or wait for a retry",
            status_reports_how_long_the_oldest_message_has_waited:
                "Status::oldest: how long the oldest waiting message has waited",
            status_of_a_missing_source_fails_and_creates_nothing:
                "Transport::status: if the source does not exist, this fails and creates nothing",
        }
        removal {
            a_purge_drops_the_waiting_messages_or_is_refused:
                "Capabilities::purge: whether Transport::purge deletes messages. If not, it fails with Unsupported",
            a_purge_keeps_unsettled_messages_and_dead_letters:
                "Transport::purge: unsettled messages and dead letters stay",
            dead_letters_are_purged_separately:
                "Transport::purge: the dead letters are a separate source, which can be purged",
            a_purge_of_a_missing_source_fails: "Transport::status: Topology when the source does not exist",
            a_deleted_source_is_gone_with_its_messages:
                "Transport::delete: deletes a source with its dead letters, all queues that the driver created for \
                 them, and all messages",
            a_deleted_source_can_be_used_again: "Transport::delete: a deleted source can be used again",
            a_deleted_subscription_gets_no_more_events:
                "Transport::delete: a deleted subscription gets no more messages",
            deleting_a_missing_source_succeeds: "Transport::delete: a source that does not exist is not an error",
        }
        external {
            an_external_queue_works_or_is_refused:
                "Capabilities::external: whether external queues and topics can be used. If not, publishing to \
                 them and consuming from them fails with Unsupported",
            an_external_topic_works_or_is_refused:
                "Capabilities::external: whether external queues and topics can be used. If not, publishing to \
                 them and consuming from them fails with Unsupported",
            an_external_queue_is_not_purged_or_deleted: "Transport::delete: Unsupported for external queues",
        }
        names {
            names_of_the_greatest_length_work:
                "Capabilities::max_name: the driver shortens longer names, so that services, methods and groups \
                 may have names of any valid length",
            long_names_that_differ_at_their_end_are_different:
                "Capabilities::max_name: names that differ are still different after that",
        }
        capabilities {
            capabilities_are_constant: "Transport::capabilities: this is constant for the life of the transport",
        }
        resources {
            calls_to_a_missing_service_leave_nothing_behind:
                "Transport: an operation releases its resources, whether it succeeds or fails",
            calls_that_time_out_leave_nothing_behind:
                "Transport: an operation releases its resources, whether it succeeds or fails",
            cancelled_calls_leave_nothing_behind:
                "Transport: an operation releases its resources, whether it succeeds or fails",
            failed_publishes_leave_nothing_behind:
                "Transport: an operation releases its resources, whether it succeeds or fails",
            failed_consumers_leave_nothing_behind:
                "Transport: an operation releases its resources, whether it succeeds or fails",
            dropped_consumers_leave_nothing_behind:
                "Transport: an operation releases its resources, whether it succeeds or fails",
            messages_over_the_limit_leave_nothing_behind:
                "Transport: an operation releases its resources, whether it succeeds or fails",
            replies_over_the_limit_leave_nothing_behind:
                "Transport: an operation releases its resources, whether it succeeds or fails",
            settlements_after_close_leave_nothing_behind:
                "Transport: an operation releases its resources, whether it succeeds or fails",
        }
        lifecycle {
            operations_fail_after_close: "Transport::close: later operations fail with Closed",
            a_second_close_does_nothing: "Transport::close: closing again does nothing",
            closing_ends_the_consumers: "Transport::close: its consumers end",
            closing_returns_unsettled_messages: "Transport::close: unsettled messages go back to the broker",
            closing_fails_the_calls_in_progress: "Transport::close: calls in progress fail with Closed",
            closing_leaves_other_connections_open:
                "Transport::close: closes this connection; other connections stay open",
        }
        restart {
            stored_messages_survive_a_restart_of_the_broker:
                "Capabilities::durable: whether stored messages outlive this process. If so, they also survive a \
                 restart of the broker",
            consumers_are_restored_after_a_restart_of_the_broker:
                "Transport: it restores its connection, queues and consumers after the broker was unreachable",
        }
    }};
}
