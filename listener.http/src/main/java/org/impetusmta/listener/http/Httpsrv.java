package org.impetusmta.listener.http;

import org.impetusmta.api.module.Module;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/**
 * The stanza {@code httpsrv {}}, which configurations of the manual have beside {@code
 * HTTP_Listener} and which has no options of its own. What it stands for comes with the listener.
 * Immutable. Source: modules.httpsrv.
 */
@Module(
    name = "httpsrv",
    kind = Module.Kind.SINGLETON,
    singleton = "true",
    description = "The HTTP server behind HTTP_Listener")
@Component(factory = Module.FACTORY + "httpsrv", service = Httpsrv.class)
public final class Httpsrv {
  @Activate
  public Httpsrv() {}
}
