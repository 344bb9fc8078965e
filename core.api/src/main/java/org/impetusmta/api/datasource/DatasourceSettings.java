package org.impetusmta.api.datasource;

import java.nio.charset.Charset;

/**
 * What a driver may want to know of the stanza.
 *
 * @param datasource its name
 * @param assumeCharset of octets whose charset the source does not tell
 */
public record DatasourceSettings(String datasource, Charset assumeCharset) {}
