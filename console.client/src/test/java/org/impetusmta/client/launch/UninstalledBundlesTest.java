package org.impetusmta.client.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.launch.FrameworkFactory;

class UninstalledBundlesTest {
  @TempDir Path storage;

  @Test
  void anUninstalledBundleIsNotKeptForTheServicesThatItUsed() throws Exception {
    Framework framework =
        ServiceLoader.load(FrameworkFactory.class)
            .findFirst()
            .orElseThrow()
            .newFramework(Map.of(Constants.FRAMEWORK_STORAGE, storage.toString()));
    framework.init();
    UninstalledBundles.follow(framework);
    framework.start();
    try {
      framework.getBundleContext().registerService(Runnable.class, () -> {}, null);
      Bundle bundle = useAndUninstall(framework.getBundleContext());
      // events of bundles come by a thread of Felix
      CompletableFuture<Void> after = new CompletableFuture<>();
      framework.getBundleContext().addBundleListener(event -> after.complete(null));
      framework.getBundleContext().installBundle("memory:next", new ByteArrayInputStream(jar()));
      after.get(30, TimeUnit.SECONDS);
      assertThat(UninstalledBundles.uses(framework).containsKey(bundle)).isFalse();
    } finally {
      framework.stop();
      framework.waitForStop(0);
    }
  }

  private static Bundle useAndUninstall(BundleContext context) throws BundleException, IOException {
    Bundle bundle = context.installBundle("memory:user", new ByteArrayInputStream(jar()));
    bundle.start();
    BundleContext own = bundle.getBundleContext();
    ServiceReference<Runnable> service = own.getServiceReference(Runnable.class);
    own.getService(service);
    own.ungetService(service);
    assertThat(bundle.getServicesInUse()).isNull();
    bundle.uninstall();
    return bundle;
  }

  private static byte[] jar() throws IOException {
    Manifest manifest = new Manifest();
    Attributes main = manifest.getMainAttributes();
    main.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    main.putValue(Constants.BUNDLE_MANIFESTVERSION, "2");
    main.putValue(Constants.BUNDLE_SYMBOLICNAME, "user");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new JarOutputStream(out, manifest).close();
    return out.toByteArray();
  }
}
