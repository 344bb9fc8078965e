package org.impetusmta.spool.hashed;

import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.spool.Spool.SpoolEntry;

/** A message of the hashed engine: its id says where it lies. Read-only. */
record HashedEntry(MessageId id) implements SpoolEntry {}
