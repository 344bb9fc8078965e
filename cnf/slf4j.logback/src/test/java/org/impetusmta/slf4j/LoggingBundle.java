package org.impetusmta.slf4j;

import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.slf4j.LoggerFactory;

/** A bundle that logs, and registers the name of what it logs with. */
public final class LoggingBundle implements BundleActivator {
  @Override
  public void start(BundleContext context) {
    LoggerFactory.getLogger(LoggingBundle.class).info("hello from a bundle");
    context.registerService(
        String.class, LoggerFactory.getILoggerFactory().getClass().getName(), null);
  }

  @Override
  public void stop(BundleContext context) {}
}
