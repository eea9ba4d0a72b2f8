package dev.fovea.interop;

import java.io.ByteArrayOutputStream;

/** Writes the legacy stream of torch.save, right or wrong. */
final class Legacy {
  byte[] magic =
      new Pickle().op(0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19).stop();
  byte[] protocol = new Pickle().op('M', 0xe9, 0x03).stop();
  byte[] system = system(0x88);
  byte[] object = Pickle.oneVector();
  byte[] keys = keys("0");
  byte[] storages = storage(2, Pickle.floats(1, 2));

  static byte[] system(int littleEndian) {
    return new Pickle().op('}').text("little_endian").op(littleEndian).op('s').stop();
  }

  static byte[] keys(String... keys) {
    Pickle p = new Pickle().op(']', '(');
    for (String key : keys) {
      p.text(key);
    }
    return p.op('e').stop();
  }

  static byte[] storage(long elements, byte[] data) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(Pickle.little(8, elements));
    out.writeBytes(data);
    return out.toByteArray();
  }

  byte[] bytes() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : new byte[][] {magic, protocol, system, object, keys, storages}) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }
}
