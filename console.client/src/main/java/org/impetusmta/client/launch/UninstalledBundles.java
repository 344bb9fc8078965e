package org.impetusmta.client.launch;

import java.lang.reflect.Field;
import java.util.Map;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.BundleListener;
import org.osgi.framework.launch.Framework;

/**
 * Takes uninstalled bundles out of Felix's table of who uses which service. Felix 7.0 leaves the
 * entry of a bundle there when its uses have gone down to 0 (ServiceRegistry.ungetService says
 * why), and nothing takes it away later: each update of a module would keep its old bundle, some 18
 * kB with its jar's directory, until the server ends. Concurrent.
 */
final class UninstalledBundles implements BundleListener {
  private final Map<?, ?> uses;

  private UninstalledBundles(Map<?, ?> uses) {
    this.uses = uses;
  }

  /**
   * Follows a framework that is initialized.
   *
   * @throws IllegalStateException if it is not the Felix that this is written for
   */
  static void follow(Framework framework) {
    framework.getBundleContext().addBundleListener(new UninstalledBundles(uses(framework)));
  }

  /** What Felix knows of the uses of services, by bundle. */
  static Map<?, ?> uses(Framework framework) {
    return (Map<?, ?>) field(field(framework, "m_registry"), "m_inUseMap");
  }

  private static Object field(Object of, String name) {
    try {
      Field field = of.getClass().getDeclaredField(name);
      field.setAccessible(true);
      return field.get(of);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(
          "%s has no %s: another release of Felix than 7.0".formatted(of.getClass(), name), e);
    }
  }

  @Override
  public void bundleChanged(BundleEvent event) {
    if (event.getType() == BundleEvent.UNINSTALLED) {
      uses.remove(event.getBundle());
    }
  }
}
