package org.impetusmta.api.bounce;

/**
 * A class and what led to it.
 *
 * @param rule the rule that matched, as it was written; empty where none did
 */
public record Classified(BounceClass bounceClass, String rule) {}
