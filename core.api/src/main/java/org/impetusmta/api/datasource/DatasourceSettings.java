package org.impetusmta.api.datasource;

import java.nio.charset.Charset;
import java.time.Duration;

/**
 * What a driver may want to know of the stanza.
 *
 * @param datasource its name
 * @param assumeCharset of octets whose charset the source does not tell
 * @param connectTimeout until a connection is there; past it {@link DatasourceDriver#connect} fails
 * @param queryTimeout until an answer is there, whole; past it the query fails
 * @param credentials passwords that the URI does not spell out
 */
public record DatasourceSettings(
    String datasource,
    Charset assumeCharset,
    Duration connectTimeout,
    Duration queryTimeout,
    CredentialStore credentials) {}
