package dev.fovea.train;

import dev.fovea.data.image.DataException;
import dev.fovea.data.loader.Loader;
import dev.fovea.data.source.BadImage;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/**
 * The unreadable images of a loader, which all ranks count together: each tells the others what it
 * has found, along with the rest of a message. Used by the training thread.
 */
final class SharedBadImages {
  private final Loader loader;
  private final Ranks ranks;
  private final Set<Integer> known = new HashSet<>();

  SharedBadImages(Loader loader, Ranks ranks) {
    this.loader = loader;
    this.ranks = ranks;
  }

  /**
   * As {@link Ranks#gather}, and counts the images that any rank has found unreadable.
   *
   * @throws dev.fovea.data.image.DataException on all ranks if these are too many
   */
  List<byte[]> gather(Supplier<byte[]> part) {
    if (!ranks.areSeveral()) {
      return ranks.gather(part);
    }
    List<byte[]> messages =
        ranks.gather(
            () -> {
              byte[] result = part.get();
              byte[] bad = news();
              return ByteBuffer.allocate(Integer.BYTES + bad.length + result.length)
                  .putInt(bad.length)
                  .put(bad)
                  .put(result)
                  .array();
            });
    List<byte[]> results = new ArrayList<>();
    List<BadImage> found = new ArrayList<>();
    for (byte[] message : messages) {
      ByteBuffer m = ByteBuffer.wrap(message);
      int length = m.getInt();
      found.addAll(read(m.slice(Integer.BYTES, length)));
      results.add(Arrays.copyOfRange(message, Integer.BYTES + length, message.length));
    }
    found.forEach(b -> known.add(b.index()));
    if (!found.isEmpty()) {
      // Only what all ranks know decides, so that all decide the same.
      try {
        loader.reportBad(found, known.size());
      } catch (DataException e) {
        throw ranks.shared(e);
      }
    }
    return results;
  }

  private byte[] news() {
    if (loader.badCount() == known.size()) {
      return new byte[0];
    }
    List<byte[]> entries = new ArrayList<>();
    int length = 0;
    for (BadImage b : loader.bad()) {
      if (!known.contains(b.index())) {
        byte[] reason = b.reason().getBytes(StandardCharsets.UTF_8);
        entries.add(
            ByteBuffer.allocate(2 * Integer.BYTES + reason.length)
                .putInt(b.index())
                .putInt(reason.length)
                .put(reason)
                .array());
        length += 2 * Integer.BYTES + reason.length;
      }
    }
    ByteBuffer all = ByteBuffer.allocate(length);
    entries.forEach(all::put);
    return all.array();
  }

  private List<BadImage> read(ByteBuffer news) {
    List<BadImage> found = new ArrayList<>();
    while (news.hasRemaining()) {
      int index = news.getInt();
      byte[] reason = new byte[news.getInt()];
      news.get(reason);
      found.add(
          new BadImage(
              index, loader.dataset().name(index), new String(reason, StandardCharsets.UTF_8)));
    }
    return found;
  }
}
