//! The RabbitMQ transport.
