package dev.fovea.data.decode;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.data.image.Golden;
import dev.fovea.data.image.TestImages;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.OptionalInt;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Orientations, in all places and forms; expected is what Pillow's exif_transpose does. */
class ExifTest {
  private static final int ORIENTATION = 0x112;
  private static final int MAKE = 0x10f;

  /** An entry of a TIFF directory, with its value as it lies in the file. */
  private record Entry(int tag, int type, int count, byte[] value) {}

  private static byte[] tiff(ByteOrder order, Entry... entries) {
    int more = Arrays.stream(entries).mapToInt(e -> e.value.length > 4 ? e.value.length : 0).sum();
    int end = 8 + 2 + 12 * entries.length + 4;
    ByteBuffer b = ByteBuffer.allocate(end + more).order(order);
    b.put((order == ByteOrder.BIG_ENDIAN ? "MM" : "II").getBytes(StandardCharsets.US_ASCII));
    b.putShort((short) 42).putInt(8).putShort((short) entries.length);
    int free = end;
    for (Entry e : entries) {
      b.putShort((short) e.tag).putShort((short) e.type).putInt(e.count);
      if (e.value.length > 4) {
        b.putInt(free);
        b.put(free, e.value);
        free += e.value.length;
      } else {
        b.put(Arrays.copyOf(e.value, 4));
      }
    }
    return b.array();
  }

  private static byte[] value(ByteOrder order, int type, int value) {
    ByteBuffer b = ByteBuffer.allocate(8).order(order);
    switch (type) {
      case 3, 8 -> b.putShort((short) value);
      case 4, 9, 13 -> b.putInt(value);
      case 5, 10 -> b.putInt(2 * value).putInt(2);
      case 11 -> b.putFloat(value);
      case 12 -> b.putDouble(value);
      case 16 -> b.putLong(value);
      default -> b.put((byte) value);
    }
    return Arrays.copyOf(b.array(), b.position());
  }

  private static Entry orientation(int type, int value) {
    return new Entry(ORIENTATION, type, 1, value(ByteOrder.BIG_ENDIAN, type, value));
  }

  private static OptionalInt find(byte[] tiff) {
    return Exif.find(tiff, 0, tiff.length);
  }

  private static OptionalInt find(Entry... entries) {
    return find(tiff(ByteOrder.BIG_ENDIAN, entries));
  }

  private static byte[] exif(int value) {
    return tiff(ByteOrder.BIG_ENDIAN, orientation(3, value));
  }

  private static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] p : parts) {
      out.writeBytes(p);
    }
    return out.toByteArray();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 16})
  void everyNumericTypeButByteIsReadInBothByteOrders(int type) {
    for (ByteOrder order : new ByteOrder[] {ByteOrder.BIG_ENDIAN, ByteOrder.LITTLE_ENDIAN}) {
      for (int v = 1; v <= 8; v++) {
        Entry entry = new Entry(ORIENTATION, type, 1, value(order, type, v));
        byte[] plain = tiff(order, new Entry(MAKE, 2, 6, ascii("Fovea\0")), entry);
        assertThat(find(plain)).as("type %d, %s, %d", type, order, v).hasValue(v);
        byte[] prefixed = concat(ascii("??Exif\0\0Exif\0\0"), plain, ascii("behind"));
        assertThat(Exif.orientation(prefixed, 2, plain.length + 12)).isEqualTo(v);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7})
  void anOrientationInBytesOrTextIsNoneButHidesTheOneInXmp(int type) {
    OptionalInt found = find(new Entry(ORIENTATION, type, 1, new byte[] {6}));

    assertThat(found).hasValue(0);
    assertThat(Exif.orientation(found, OptionalInt.of(3))).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 14, 15, 17, 18, 99})
  void anEntryOfAnUnknownTypeIsNotThere(int type) {
    OptionalInt found = find(orientation(type, 6));

    assertThat(found).isEmpty();
    assertThat(Exif.orientation(found, OptionalInt.of(3))).isEqualTo(3);
  }

  @Test
  void ofSeveralValuesTheFirstAndOfSeveralEntriesTheLastCounts() {
    byte[] two = {0, 6, 0, 1};
    assertThat(find(new Entry(ORIENTATION, 3, 2, two))).hasValue(6);
    byte[] longs = {0, 0, 0, 6, 0, 0, 0, 1};
    assertThat(find(new Entry(ORIENTATION, 4, 2, longs))).hasValue(6);
    assertThat(find(orientation(3, 6), orientation(3, 1))).hasValue(1);
    assertThat(find(orientation(3, 6), orientation(77, 1))).hasValue(6);
    assertThat(find(orientation(3, 6), new Entry(ORIENTATION, 3, 0, two))).hasValue(6);
  }

  @Test
  void fractionsThatAreNoWholeNumberAndNumbersBeyondEightAreNoOrientation() {
    byte[] half = {0, 0, 0, 13, 0, 0, 0, 2};
    byte[] byZero = {0, 0, 0, 6, 0, 0, 0, 0};
    assertThat(find(new Entry(ORIENTATION, 5, 1, half))).hasValue(0);
    assertThat(find(new Entry(ORIENTATION, 10, 1, byZero))).hasValue(0);
    assertThat(Exif.orientation(find(orientation(3, 9)), OptionalInt.of(6))).isEqualTo(1);
    assertThat(Exif.orientation(OptionalInt.empty(), OptionalInt.of(9))).isEqualTo(1);
    assertThat(Exif.orientation(OptionalInt.empty(), OptionalInt.empty())).isEqualTo(1);
  }

  @Test
  void aDirectoryThatIsCutOrPointsAwayCountsUpToThere() {
    byte[] whole = tiff(ByteOrder.BIG_ENDIAN, orientation(3, 6), orientation(4, 3));
    assertThat(find(Arrays.copyOf(whole, 24))).hasValue(6);
    assertThat(find(Arrays.copyOf(whole, 20))).isEmpty();
    byte[] text = new byte[40];
    byte[] away = tiff(ByteOrder.BIG_ENDIAN, new Entry(MAKE, 2, 40, text), orientation(3, 6));
    away[18] = 0x7f;
    assertThat(find(away)).isEmpty();
    byte[] foreign = exif(6);
    foreign[0] = 'X';
    assertThat(find(foreign)).isEmpty();
    byte[] noTiff = exif(6);
    noTiff[3] = 43;
    assertThat(find(noTiff)).isEmpty();
    assertThat(find(new byte[0])).isEmpty();
    assertThat(Exif.find(exif(6), 0, 7)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "'<rdf:Description tiff:Orientation=\"6\"/>', 6",
    "'<tiff:Orientation>8</tiff:Orientation>', 8",
    "'tiff:Orientation=\"x\" <tiff:Orientation>3<', 3",
    "'tiff:Orientation=\"0\"', 0",
    "'tiff:Orientation=\"9', 9",
    "'tiff:Orientation=\"', -1",
    "'tiff:Orientation', -1",
    "'tiff:Orientation=6', -1",
    "'exif:Orientation=\"6\"', -1",
    "'', -1"
  })
  void anOrientationInXmpIsAnAttributeOrAnElement(String packet, int expected) {
    byte[] bytes = ascii("12" + packet + "9");
    OptionalInt found = Xmp.find(bytes, 2, packet.length());

    assertThat(found).isEqualTo(expected < 0 ? OptionalInt.empty() : OptionalInt.of(expected));
  }

  private static byte[] segment(int marker, byte[] content) {
    ByteBuffer b = ByteBuffer.allocate(4 + content.length);
    return b.put((byte) 0xff)
        .put((byte) marker)
        .putShort((short) (content.length + 2))
        .put(content)
        .array();
  }

  private static byte[] xmpSegment(int value) {
    return segment(
        0xe1, ascii("http://ns.adobe.com/xap/1.0/\0<a tiff:Orientation=\"" + value + "\"/>"));
  }

  private static byte[] exifSegment(byte[] tiff) {
    return segment(0xe1, concat(ascii("Exif\0\0"), tiff));
  }

  private static int jpeg(byte[]... segments) throws IOException {
    byte[] plain = Golden.bytes("420.jpg");
    byte[] file =
        concat(
            Arrays.copyOf(plain, 2), concat(segments), Arrays.copyOfRange(plain, 2, plain.length));
    return ImageHeader.read(file, "a.jpg").orientation();
  }

  @Test
  void aJpegIsTurnedByExifElseByItsLastXmpPacket() throws IOException {
    assertThat(jpeg()).isEqualTo(1);
    assertThat(jpeg(xmpSegment(3))).isEqualTo(3);
    assertThat(jpeg(xmpSegment(3), xmpSegment(8))).isEqualTo(8);
    assertThat(jpeg(xmpSegment(3), exifSegment(exif(6)))).isEqualTo(6);
    assertThat(jpeg(exifSegment(exif(1)), xmpSegment(3))).isEqualTo(1);
    byte[] other = tiff(ByteOrder.LITTLE_ENDIAN, new Entry(MAKE, 2, 2, ascii("a\0")));
    assertThat(jpeg(exifSegment(other), xmpSegment(3))).isEqualTo(3);
  }

  @Test
  void exifDataGoesOnInASecondSegment() throws IOException {
    byte[] whole =
        tiff(ByteOrder.BIG_ENDIAN, new Entry(MAKE, 2, 40, new byte[40]), orientation(9, 7));
    byte[] first = Arrays.copyOf(whole, 60);
    byte[] second = Arrays.copyOfRange(whole, 60, whole.length);

    assertThat(jpeg(exifSegment(first), exifSegment(second))).isEqualTo(7);
  }

  @Test
  void aJpegIsTurnedByWhatStandsBehindItsFrameHeader() throws IOException {
    byte[] plain = Golden.bytes("420.jpg");
    int scan = 0;
    while (plain[scan] != (byte) 0xff || plain[scan + 1] != (byte) 0xda) {
      scan++;
    }
    byte[] file =
        concat(
            Arrays.copyOf(plain, scan),
            exifSegment(exif(6)),
            Arrays.copyOfRange(plain, scan, plain.length));

    assertThat(ImageHeader.read(file, "a.jpg").orientation()).isEqualTo(6);
  }

  private static byte[] chunk(String type, byte[] content) {
    byte[] named = concat(ascii(type), content);
    CRC32 crc = new CRC32();
    crc.update(named);
    return concat(
        ByteBuffer.allocate(4).putInt(content.length).array(),
        named,
        ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
  }

  private static byte[] zlib(byte[] content) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (DeflaterOutputStream deflater = new DeflaterOutputStream(out)) {
      deflater.write(content);
    }
    return out.toByteArray();
  }

  /** The orientation with these chunks before the pixels, and with them behind. */
  private static int png(byte[]... chunks) throws IOException {
    byte[] plain = TestImages.png(3, 2, 1);
    byte[] all = concat(chunks);
    int before = orientation(plain, 33, all);
    assertThat(orientation(plain, plain.length - 12, all)).isEqualTo(before);
    return before;
  }

  private static int orientation(byte[] plain, int at, byte[] chunks) {
    byte[] file =
        concat(Arrays.copyOf(plain, at), chunks, Arrays.copyOfRange(plain, at, plain.length));
    assertThat(ImageDecoder.decode(file, "a.png").rgb()).hasSize(18);
    return ImageHeader.read(file, "a.png").orientation();
  }

  @Test
  void aPngIsTurnedByExifElseByARawProfileElseByXmp() throws IOException {
    String hex = HexFormat.of().formatHex(concat(ascii("Exif\0\0"), exif(6)));
    byte[] profile = ascii("\nexif\n      32\n" + hex.substring(0, 30) + "\n" + hex.substring(30));
    byte[] name = ascii("Raw profile type exif\0");
    byte[] xmpName = ascii("XML:com.adobe.xmp\0");
    byte[] packet = ascii("<tiff:Orientation>8</tiff:Orientation>");

    assertThat(png()).isEqualTo(1);
    assertThat(png(chunk("eXIf", exif(5)))).isEqualTo(5);
    assertThat(png(chunk("tEXt", concat(name, profile)))).isEqualTo(6);
    assertThat(png(chunk("zTXt", concat(name, new byte[1], zlib(profile))))).isEqualTo(6);
    assertThat(png(chunk("tEXt", concat(xmpName, packet)))).isEqualTo(8);
    assertThat(png(chunk("iTXt", concat(xmpName, new byte[4], packet)))).isEqualTo(8);
    byte[] packed = {1, 0, 'e', 'n', 0, 'x', 0};
    assertThat(png(chunk("iTXt", concat(xmpName, packed, zlib(packet))))).isEqualTo(8);
    assertThat(
            png(
                chunk("iTXt", concat(xmpName, new byte[4], packet)),
                chunk("tEXt", concat(name, profile)),
                chunk("eXIf", exif(1))))
        .isEqualTo(1);
    assertThat(
            png(
                chunk("iTXt", concat(xmpName, new byte[4], packet)),
                chunk("tEXt", concat(name, profile))))
        .isEqualTo(6);
  }

  @Test
  void textOfAPngThatCannotBeReadTurnsNothing() throws IOException {
    byte[] name = ascii("Raw profile type exif\0");
    byte[] xmpName = ascii("XML:com.adobe.xmp\0");

    assertThat(png(chunk("tEXt", concat(name, ascii("\nexif\n2\nzz"))))).isEqualTo(1);
    assertThat(png(chunk("tEXt", name))).isEqualTo(1);
    assertThat(png(chunk("zTXt", concat(name, new byte[] {0, 1, 2, 3})))).isEqualTo(1);
    assertThat(png(chunk("zTXt", concat(name, new byte[] {1})))).isEqualTo(1);
    assertThat(png(chunk("iTXt", concat(xmpName, new byte[] {0})))).isEqualTo(1);
    assertThat(png(chunk("iTXt", concat(xmpName, new byte[] {0, 0, 'a'})))).isEqualTo(1);
    byte[] bomb = new byte[5 << 20];
    byte[] packet = ascii("tiff:Orientation=\"6\"");
    System.arraycopy(packet, 0, bomb, 0, packet.length);
    assertThat(png(chunk("zTXt", concat(xmpName, new byte[1], zlib(bomb))))).isEqualTo(1);
  }
}
