package org.impetusmta.api.io;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Set;
import org.osgi.annotation.versioning.ProviderType;

/**
 * All I/O wrappers there are, as a service: opens a URI of any known scheme, and starts the module
 * that the scheme belongs to if it does not run yet. {@code file://} is built in. Blocks as {@link
 * IoWrapper} does; concurrent.
 */
@ProviderType
public interface IoWrappers {
  /** Reads all of it into memory; the limits hold whatever the wrapper does. */
  InputStream read(IoUri uri, IoLimits limits) throws IOException;

  /** Opens for writing, or for appending. */
  OutputStream write(IoUri uri, boolean append) throws IOException;

  /** {@link IoWrapper#decode} of the wrapper that a scheme belongs to. */
  InputStream decode(String scheme, InputStream in) throws IOException;

  /** {@link IoWrapper#encode} of the wrapper that a scheme belongs to. */
  OutputStream encode(String scheme, OutputStream out) throws IOException;

  /** The known schemes, in order. */
  Set<String> schemes();
}
