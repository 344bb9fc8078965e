package org.impetusmta.core.message;

import java.util.List;

/**
 * Where the parts of a message lie in its wire form, offsets in octets from its beginning. Nothing
 * of the message itself is in it, so it may outlive the body. Immutable.
 *
 * @param from where the part begins, with its header
 * @param bodyFrom where its body begins, behind the empty line
 * @param to behind its last octet
 * @param boundary what separates its parts; empty unless it is a multipart with delimiter lines
 * @param preambleTo where its first delimiter line begins
 * @param epilogueFrom behind its closing delimiter line
 * @param children its parts, or the message that is its body
 */
public record MessageShape(
    int from,
    int bodyFrom,
    int to,
    String boundary,
    int preambleTo,
    int epilogueFrom,
    List<MessageShape> children) {}
