package dev.fovea.interop;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Reads what {@code torch.save} writes, in both forms: a zip file with a pickle and one entry per
 * storage, or the legacy stream of five pickles followed by the storages.
 *
 * <p>Source: torch/serialization.py, {@code _save} and {@code _legacy_save}.
 */
final class TorchFile {
  private static final int MAX_PICKLE = 1 << 25;
  private static final BigInteger MAGIC = new BigInteger("1950a86a20f9469cfc6c", 16);
  private static final long PROTOCOL = 1001;

  private final Path path;
  private final FileChannel channel;
  private final Map<String, Storage> storages = new LinkedHashMap<>();

  private TorchFile(Path path, FileChannel channel) {
    this.path = path;
    this.channel = channel;
  }

  /** Reads the saved object of a zip file and locates its storages. */
  static Value readZip(Path path, FileChannel channel) throws IOException {
    return new TorchFile(path, channel).zip();
  }

  /** Reads the saved object of a legacy stream and locates its storages. */
  static Value readLegacy(Path path, FileChannel channel) throws IOException {
    return new TorchFile(path, channel).legacy();
  }

  private Value zip() throws IOException {
    KnownFormats.refuseOtherZips(path, ZipArchive.names(path, channel));
    Map<String, ZipArchive.Entry> entries = ZipArchive.read(path, channel);
    String root = root(entries.keySet());
    ZipArchive.Entry order = entries.get(root + "byteorder");
    if (order != null && !text(order).equals("little")) {
      throw refused("its numbers are not little-endian; save it on an x86 or ARM machine");
    }
    ZipArchive.Entry pickle = entries.get(root + "data.pkl");
    if (pickle == null || pickle.size() > MAX_PICKLE) {
      throw refused("it has no " + root + "data.pkl of at most " + MAX_PICKLE + " bytes");
    }
    long end = pickle.position() + pickle.size();
    ByteReader in = new ByteReader(path, channel, pickle.position(), end);
    Value value = machine(in).run();
    if (in.remaining() != 0) {
      throw refused(in.remaining() + " bytes follow the end of its pickle");
    }
    for (Storage storage : storages.values()) {
      ZipArchive.Entry data = entries.get(root + "data/" + storage.key());
      String what = "the storage '" + InteropException.printable(storage.key()) + "'";
      if (data == null) {
        throw refused(what + " is missing");
      }
      if (data.size() != storage.bytes()) {
        throw refused(
            what + " has " + data.size() + " bytes, its description says " + storage.bytes());
      }
      storage.place(data.position());
    }
    return value;
  }

  /** The folder of all entries of the zip file, with its slash. */
  private String root(Set<String> names) {
    String first = names.iterator().next();
    String root = first.substring(0, first.indexOf('/') + 1);
    if (root.isEmpty() || !names.stream().allMatch(n -> n.startsWith(root))) {
      throw refused(
          "it is a zip file, but not one from torch.save, which puts everything in one folder");
    }
    return root;
  }

  private String text(ZipArchive.Entry entry) throws IOException {
    if (entry.size() > 16) {
      throw refused("its entry '" + InteropException.printable(entry.name()) + "' is too long");
    }
    ByteBuffer bytes = ByteBuffer.allocate((int) entry.size());
    ByteReader.fill(path, channel, bytes, entry.position());
    return new String(bytes.array(), StandardCharsets.US_ASCII).strip();
  }

  private Value legacy() throws IOException {
    long size = channel.size();
    ByteReader in = new ByteReader(path, channel, 0, size);
    ByteReader pickles = new ByteReader(path, channel, 0, Math.min(size, MAX_PICKLE));
    if (!isNumber(readPlain(pickles), MAGIC)) {
      throw InteropException.of(
          path,
          "is a pickle, but not one from torch.save; load it in Python and save its weights with"
              + " torch.save(state_dict, 'weights.pt')");
    }
    if (!isNumber(readPlain(pickles), BigInteger.valueOf(PROTOCOL))) {
      throw refused("its protocol is not " + PROTOCOL);
    }
    requireLittleEndian(readPlain(pickles));
    Value value = machine(pickles).run();
    Value keys = readPlain(pickles);
    in.skipTo(pickles.position());
    placeStorages(in, keys);
    return value;
  }

  private void requireLittleEndian(Value system) {
    boolean little =
        system instanceof Value.Dict d
            && d.entries().get("little_endian") instanceof Value.Bool b
            && b.value();
    if (!little) {
      throw refused("its numbers are not little-endian; save it on an x86 or ARM machine");
    }
  }

  private void placeStorages(ByteReader in, Value keys) {
    if (!(keys instanceof Value.Items list)) {
      throw refused("it has no list of storages");
    }
    Set<String> placed = new HashSet<>();
    for (Value key : list.values()) {
      String name = key instanceof Value.Text t ? t.value() : "";
      Storage storage = storages.get(name);
      String what = "the storage '" + InteropException.printable(name) + "'";
      if (storage == null || !placed.add(name)) {
        throw refused(
            what
                + " is listed twice, or belongs to no tensor of a known type; save the module's"
                + " state_dict() with PyTorch 1.6 or newer");
      }
      long elements = in.i64();
      if (elements != storage.elements()) {
        throw refused(
            what + " has " + elements + " elements, its description says " + storage.elements());
      }
      if (storage.bytes() > in.remaining()) {
        throw refused(
            what
                + " is truncated: "
                + storage.bytes()
                + " bytes, but only "
                + in.remaining()
                + " are left");
      }
      storage.place(in.position());
      in.skipTo(in.position() + storage.bytes());
    }
    if (placed.size() != storages.size()) {
      throw refused("its list of storages is missing " + (storages.size() - placed.size()));
    }
    if (in.remaining() != 0) {
      throw refused(in.remaining() + " bytes follow its last storage");
    }
  }

  private static boolean isNumber(Value value, BigInteger expected) {
    return value instanceof Value.Int n && n.value().equals(expected);
  }

  /** Reads a pickle that refers to no storages. */
  private static Value readPlain(ByteReader in) {
    return new PickleMachine(
            in,
            (id, refusal) -> {
              throw refusal.because("a persistent id outside the saved object");
            })
        .run();
  }

  private PickleMachine machine(ByteReader in) throws IOException {
    long size = channel.size();
    Map<String, Storage> known = storages;
    return new PickleMachine(
        in,
        (id, refusal) -> {
          Value value = PickleCalls.persistent(id, size, refusal);
          if (value instanceof Value.Stored stored) {
            Storage storage = stored.storage();
            Storage first = known.putIfAbsent(storage.key(), storage);
            if (first != null) {
              PickleCalls.requireSame(first, storage, refusal);
              return new Value.Stored(first);
            }
          }
          return value;
        });
  }

  private InteropException refused(String reason) {
    return InteropException.of(path, "refused: " + reason);
  }
}
