package dev.fovea.data.archive;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/** Reads small members of a gzipped tar archive, from its start to its end. */
public final class GzippedTar {
  private GzippedTar() {}

  /**
   * The contents of members with these names, without their folders; of several members of one name
   * the first.
   *
   * @param limit of a member in bytes; larger ones are passed over
   * @throws IOException if the archive cannot be read
   */
  public static Map<String, byte[]> members(Path archive, Set<String> names, int limit)
      throws IOException {
    Map<String, byte[]> found = new HashMap<>();
    try (InputStream file = new BufferedInputStream(Files.newInputStream(archive));
        TarArchiveInputStream tar = new TarArchiveInputStream(new GZIPInputStream(file))) {
      for (TarArchiveEntry e = tar.getNextEntry();
          e != null && found.size() < names.size();
          e = tar.getNextEntry()) {
        String name = e.getName().substring(e.getName().lastIndexOf('/') + 1);
        if (e.isFile() && names.contains(name) && e.getSize() <= limit) {
          found.putIfAbsent(name, tar.readNBytes((int) e.getSize()));
        }
      }
    } catch (IllegalArgumentException e) {
      throw new IOException("it is not a gzipped tar archive", e);
    }
    return found;
  }
}
