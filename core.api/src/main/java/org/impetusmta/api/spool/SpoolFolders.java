package org.impetusmta.api.spool;

import java.io.IOException;
import java.nio.file.Path;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Spools in other folders than the server's own, to bring their mail over; an OSGi service.
 * Concurrent.
 */
@ProviderType
public interface SpoolFolders {
  /**
   * Opens the spool in a folder, whichever engine wrote it, and takes its lock. Blocks.
   *
   * @throws IOException when there is no spool, another process uses it, or it is the server's own;
   *     names the folder
   */
  ImportedSpool open(Path base) throws IOException;
}
