package dev.fovea.interop;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;

/** Writes a zip file in which every single statement can be a lie. */
final class Zip {
  /** One entry and the lies about it. */
  static final class Entry {
    String localName;
    String centralName;
    byte[] data;
    int localFlags;
    int centralFlags;
    int localMethod;
    int centralMethod;
    long localCrc;
    long centralCrc;
    long localSize;
    long centralSize;
    long centralPacked;
    byte[] localExtra = {};
    byte[] centralExtra = {};
    String comment = "";
    byte[] after = {};
    long offsetLie;

    private Entry(String name, byte[] data) {
      localName = name;
      centralName = name;
      this.data = data;
      CRC32 crc = new CRC32();
      crc.update(data);
      localCrc = crc.getValue();
      centralCrc = localCrc;
      localSize = data.length;
      centralSize = data.length;
      centralPacked = data.length;
    }
  }

  final List<Entry> entries = new ArrayList<>();
  byte[] prefix = {};
  byte[] beforeDirectory = {};
  byte[] afterDirectory = {};
  byte[] suffix = {};
  String comment = "";
  int disk;
  int countLie;
  long sizeLie;
  long startLie;

  Entry add(String name, byte[] data) {
    Entry e = new Entry(name, data);
    entries.add(e);
    return e;
  }

  /** A state dict of one vector, as torch.save has it. */
  static Zip oneVector() {
    return of(Pickle.oneVector(), Pickle.floats(1, 2));
  }

  /** A pickle with its storages {@code 0, 1, ...}. */
  static Zip of(byte[] pickle, byte[]... storages) {
    Zip zip = new Zip();
    zip.add("archive/data.pkl", pickle);
    for (int i = 0; i < storages.length; i++) {
      zip.add("archive/data/" + i, storages[i]);
    }
    zip.add("archive/version", new byte[] {'3', '\n'});
    return zip;
  }

  byte[] bytes() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(prefix);
    List<Long> offsets = new ArrayList<>();
    for (Entry e : entries) {
      offsets.add((long) out.size() + e.offsetLie);
      byte[] name = e.localName.getBytes(StandardCharsets.UTF_8);
      put(out, 4, 0x04034b50, 2, 20, 2, e.localFlags, 2, e.localMethod, 4, 0, 4, e.localCrc);
      put(out, 4, e.localSize, 4, e.localSize, 2, name.length, 2, e.localExtra.length);
      out.writeBytes(name);
      out.writeBytes(e.localExtra);
      out.writeBytes(e.data);
      out.writeBytes(e.after);
    }
    out.writeBytes(beforeDirectory);
    int start = out.size();
    for (int i = 0; i < entries.size(); i++) {
      Entry e = entries.get(i);
      byte[] name = e.centralName.getBytes(StandardCharsets.UTF_8);
      put(out, 4, 0x02014b50, 2, 20, 2, 20, 2, e.centralFlags, 2, e.centralMethod, 4, 0);
      put(out, 4, e.centralCrc, 4, e.centralPacked, 4, e.centralSize, 2, name.length);
      put(
          out,
          2,
          e.centralExtra.length,
          2,
          e.comment.length(),
          2,
          0,
          2,
          0,
          4,
          0,
          4,
          offsets.get(i));
      out.writeBytes(name);
      out.writeBytes(e.centralExtra);
      out.writeBytes(e.comment.getBytes(StandardCharsets.UTF_8));
    }
    out.writeBytes(afterDirectory);
    int size = out.size() - start;
    int count = entries.size() + countLie;
    put(out, 4, 0x06054b50, 2, disk, 2, disk, 2, entries.size(), 2, count, 4, size + sizeLie);
    put(out, 4, start + startLie, 2, comment.length());
    out.writeBytes(comment.getBytes(StandardCharsets.UTF_8));
    out.writeBytes(suffix);
    return out.toByteArray();
  }

  /** Pairs of a width in bytes and a number. */
  private static void put(ByteArrayOutputStream out, long... widthsAndValues) {
    for (int i = 0; i < widthsAndValues.length; i += 2) {
      out.writeBytes(Pickle.little((int) widthsAndValues[i], widthsAndValues[i + 1]));
    }
  }
}
