package org.impetusmta.api.config;

/** The names of the core's scopes, as stanzas spell them. Case is ignored in files. */
public final class Scopes {
  public static final String GLOBAL = "global";
  public static final String DOMAIN = "domain";
  public static final String HOST = "host";
  public static final String BINDING = "binding";
  public static final String BINDING_GROUP = "binding_group";
  public static final String ESMTP_LISTENER = "esmtp_listener";
  public static final String CONTROL_LISTENER = "control_listener";
  public static final String ECSTREAM_LISTENER = "ecstream_listener";
  public static final String HTTP_LISTENER = "http_listener";
  public static final String LISTEN = "listen";
  public static final String PEER = "peer";
  public static final String PATHWAY = "pathway";
  public static final String PATHWAY_GROUP = "pathway_group";
  public static final String THREADPOOL = "threadpool";
  public static final String EVENTLOOP = "eventloop";
  public static final String DEBUG_FLAGS = "debug_flags";

  private Scopes() {}
}
