package dev.fovea.pack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.checkpoint.CheckpointException;
import dev.fovea.checkpoint.RunLock;
import dev.fovea.data.decode.DecodeLimits;
import dev.fovea.data.decode.ImageDecoder;
import dev.fovea.data.encode.ChromaSampling;
import dev.fovea.data.encode.JpegEncoder;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Golden;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.Interpolation;
import dev.fovea.data.image.Resize;
import dev.fovea.data.image.TestImages;
import dev.fovea.data.source.BadImage;
import dev.fovea.data.source.Dataset;
import dev.fovea.data.source.DatasetOptions;
import dev.fovea.data.source.Datasets;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarFile;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@NullMarked
@SuppressWarnings("NullAway.Init") // JUnit sets the folder.
class PackerTest {
  private static final DatasetOptions OPTIONS =
      DatasetOptions.STANDARD.withValFraction(0).withMemoryBytes(0).withBadFraction(0.2);

  private static final int KILLS = Integer.getInteger("fovea.kills", 4);

  @TempDir private Path folder;

  /** Hears everything, and stops after so many pictures. */
  private static class Ears implements Packer.Listener {
    private final int most;
    private final List<String> bad = new ArrayList<>();
    private int pictures;
    private int skipped;

    Ears(int most) {
      this.most = most;
    }

    @Override
    public void packed(int done, int total) {
      pictures = done;
    }

    @Override
    public void skipped(PackRecord.ShardRecord shard) {
      skipped += shard.next() - shard.first();
    }

    @Override
    public void unreadable(BadImage image) {
      bad.add(image.name());
    }

    @Override
    public boolean stops() {
      return pictures >= most;
    }
  }

  private static PackSettings settings(int side, PackFormat format, long seed, int megabytes) {
    return new PackSettings(
        side,
        Interpolation.BILINEAR,
        format,
        95,
        ChromaSampling.QUARTER,
        seed,
        megabytes,
        DecodeLimits.STANDARD);
  }

  private static PackSettings settings() {
    return settings(24, PackFormat.AUTO, 7, 1);
  }

  private Path source() throws IOException {
    Path root = folder.resolve("photos");
    if (!Files.exists(root)) {
      TestImages.classes(root.resolve("train"), 6, 40, "cat", "dog");
      TestImages.classes(root.resolve("val"), 2, 30, "cat", "dog");
    }
    return root;
  }

  private Optional<PackRecord> pack(
      String data, String to, PackSettings settings, int threads, Packer.Listener ears) {
    Map<String, Dataset> splits = Datasets.splits(data, OPTIONS);
    try {
      List<PackPart> parts = new ArrayList<>();
      splits.forEach((name, set) -> parts.add(new PackPart(name, set)));
      return new Packer(parts, settings, new Packer.Effort(threads, 0.2), ears)
          .pack(folder.resolve(to), "photos", "1.0");
    } finally {
      splits.values().forEach(Dataset::close);
    }
  }

  /** The same, not stopped by {@code ears}. */
  private PackRecord packAll(
      String data, String to, PackSettings settings, int threads, Packer.Listener ears) {
    return pack(data, to, settings, threads, ears).orElseThrow();
  }

  private void pack(Dataset set) {
    new Packer(
            List.of(new PackPart("train", set)),
            settings(),
            new Packer.Effort(2, 1),
            new Ears(Integer.MAX_VALUE))
        .pack(folder.resolve("pack"), "photos", "1.0");
  }

  private PackRecord pack(String to, PackSettings settings) throws IOException {
    return packAll(source().toString(), to, settings, 2, new Ears(Integer.MAX_VALUE));
  }

  private Map<String, String> files(String pack) throws IOException {
    Map<String, String> files = new TreeMap<>();
    try (Stream<Path> all = Files.list(folder.resolve(pack))) {
      for (Path f : all.toList()) {
        files.put(f.getFileName().toString(), Checksums.of(f));
      }
    }
    return files;
  }

  private Map<String, byte[]> members(String pack, String shard) throws IOException {
    Map<String, byte[]> members = new LinkedHashMap<>();
    try (TarFile tar = new TarFile(folder.resolve(pack).resolve(shard))) {
      for (TarArchiveEntry e : tar.getEntries()) {
        assertThat(e.getLastModifiedTime().toMillis()).isZero();
        assertThat(e.getLongUserId() + e.getLongGroupId()).isZero();
        assertThat(e.getUserName() + e.getGroupName()).isEmpty();
        assertThat(e.getMode()).isEqualTo(0644);
        members.put(e.getName(), tar.getInputStream(e).readAllBytes());
      }
    }
    return members;
  }

  private static <V> V named(Map<String, V> all, String name) {
    V one = all.get(name);
    if (one == null) {
      throw new AssertionError("no " + name + " among " + all.keySet());
    }
    return one;
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.US_ASCII);
  }

  @Test
  void aPackHoldsShardsClassesAndItsRecord() throws IOException {
    PackRecord record = pack("pack", settings());
    assertThat(files("pack"))
        .containsOnlyKeys("classes.txt", "pack.json", "train-000000.tar", "val-000000.tar");
    assertThat(folder.resolve("pack/classes.txt")).hasContent("cat\ndog\n");
    assertThat(record.images()).isEqualTo(16);
    assertThat(record.shards())
        .allSatisfy(
            s -> {
              Path file = folder.resolve("pack").resolve(s.file());
              assertThat(Checksums.of(file)).isEqualTo(s.sha256());
              assertThat(file).hasSize(s.bytes());
            });
    assertThat(folder.resolve("pack/pack.json"))
        .content()
        .contains("\"source\" : \"photos\"", "\"side\" : 24", "\"source_images\" : 12")
        .doesNotContain(folder.toString());
  }

  @Test
  void picturesLieInTheOrderOfTheSeedAsShrunkPixelsWithTheirClass() throws IOException {
    pack("pack", settings());
    Map<String, byte[]> members = members("pack", "train-000000.tar");
    assertThat(members).hasSize(24);
    int[] order = Packer.order(7, "train", 12);
    try (Dataset set = named(Datasets.splits(source().toString(), OPTIONS), "train")) {
      for (int place = 0; place < 12; place++) {
        String key = String.format("%09d", place);
        Image small = Resize.shorterSide(set.image(order[place]), 24, Interpolation.BILINEAR);
        byte[] ppm = named(members, key + ".ppm");
        assertThat(text(ppm)).startsWith("P6\n24 24\n255\n");
        assertThat(ImageDecoder.decode(ppm, key).rgb()).isEqualTo(small.rgb());
        assertThat(text(named(members, key + ".cls"))).isEqualTo("" + set.label(order[place]));
      }
    }
  }

  @Test
  void jpegsAreThoseOfTheEncoder() throws IOException {
    pack("pack", settings(24, PackFormat.JPEG, 7, 1));
    int[] order = Packer.order(7, "val", 4);
    JpegEncoder encoder = new JpegEncoder(95, ChromaSampling.QUARTER);
    Map<String, byte[]> members = members("pack", "val-000000.tar");
    try (Dataset set = named(Datasets.splits(source().toString(), OPTIONS), "val")) {
      for (int place = 0; place < 4; place++) {
        Image small = Resize.shorterSide(set.image(order[place]), 24, Interpolation.BILINEAR);
        assertThat(named(members, String.format("%09d.jpg", place)))
            .isEqualTo(encoder.encode(small));
      }
    }
  }

  @Test
  void theBytesDoNotDependOnThreadsOrOnTheFolder() throws IOException {
    packAll(source().toString(), "one", settings(), 1, new Ears(Integer.MAX_VALUE));
    Files.move(source(), folder.resolve("elsewhere"));
    String elsewhere = folder.resolve("elsewhere").toString();
    packAll(elsewhere, "five", settings(), 5, new Ears(Integer.MAX_VALUE));
    assertThat(files("five")).isEqualTo(files("one"));
  }

  @Test
  void theBytesOfAPackStayTheSameForEver() {
    String shapes = "shapes(size=16,count=20)";
    Ears ears = new Ears(Integer.MAX_VALUE);
    PackSettings jpeg = settings(16, PackFormat.JPEG, 3, 1);
    PackRecord record = packAll(shapes, "shapes", jpeg, 2, ears);
    assertThat(record.shards().get(0).images()).isEqualTo(20);
    assertThat(record.shards().get(0).sha256())
        .isEqualTo("d525119a0f8f9b1c9c09e63521a15a2a1978e8e1de1951c54070830ca3ae84b9");
  }

  @Test
  void anotherSeedGivesAnotherOrder() {
    assertThat(Packer.order(1, "train", 100)).isEqualTo(Packer.order(1, "train", 100));
    assertThat(Packer.order(2, "train", 100)).isNotEqualTo(Packer.order(1, "train", 100));
    assertThat(Packer.order(1, "val", 100)).isNotEqualTo(Packer.order(1, "train", 100));
    assertThat(Arrays.stream(Packer.order(1, "val", 100)).sorted().toArray())
        .isEqualTo(java.util.stream.IntStream.range(0, 100).toArray());
  }

  /** Twelve pictures that take 300 kB each as pixels. */
  private Path largeSource() throws IOException {
    Path root = folder.resolve("large");
    for (int i = 0; i < 12; i++) {
      TestImages.put(root, (i % 2 == 0 ? "a/" : "b/") + i + ".png", TestImages.png(400, 250, i));
    }
    return root;
  }

  static final PackSettings RAW = settings(4000, PackFormat.RAW, 5, 1);

  @Test
  void shardsAreNoLargerThanAsked() throws IOException {
    PackRecord record =
        packAll(largeSource().toString(), "pack", RAW, 2, new Ears(Integer.MAX_VALUE));
    assertThat(record.shards())
        .hasSize(4)
        .allSatisfy(s -> assertThat(s.bytes()).isLessThanOrEqualTo(1_000_000))
        .allSatisfy(s -> assertThat(s.images()).isEqualTo(3));
    assertThat(record.shards().get(3).next()).isEqualTo(12);
  }

  @Test
  void stoppedAnywhereItGoesOnToTheSameBytes() throws IOException {
    String data = largeSource().toString();
    packAll(data, "whole", RAW, 2, new Ears(Integer.MAX_VALUE));
    for (int stop = 0; stop < 12; stop++) {
      String to = "stopped" + stop;
      assertThat(pack(data, to, RAW, 2, new Ears(stop))).isEmpty();
      assertThat(files(to)).doesNotContainKey("pack.json").containsKey("pack-unfinished.json");
      Ears again = new Ears(Integer.MAX_VALUE);
      packAll(data, to, RAW, 1, again);
      assertThat(files(to)).isEqualTo(files("whole"));
      // A shard is complete once the picture after it did not fit.
      assertThat(again.skipped).isEqualTo(Math.max(0, stop - 1) / 3 * 3);
    }
  }

  @Test
  void killedAtAnyMomentItGoesOnToTheSameBytes() throws Exception {
    String data = largeSource().toString();
    Process whole = start(data, "whole");
    whole.inputReader().lines().forEach(line -> {});
    assertThat(whole.waitFor()).isZero();
    assertThat(files("whole")).hasSize(6);
    SplittableRandom random = new SplittableRandom(3);
    int killed = 0;
    for (int run = 0; killed < KILLS; run++) {
      String to = "killed" + run;
      for (int i = 0; i < 3 && killed < KILLS; i++) {
        Process child = start(data, to);
        int pictures = random.nextInt(12);
        for (int n = 0; n < pictures && child.inputReader().readLine() != null; n++) {
          Thread.onSpinWait();
        }
        Thread.sleep(random.nextInt(20));
        killed += child.isAlive() ? 1 : 0;
        child.destroyForcibly().waitFor();
      }
      Process last = start(data, to);
      last.inputReader().lines().forEach(line -> {});
      assertThat(last.waitFor()).isZero();
      assertThat(files(to)).isEqualTo(files("whole"));
    }
  }

  private Process start(String data, String to) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            PackingProcess.class.getName(),
            data,
            folder.resolve(to).toString())
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  @Test
  void aShardThatWasHarmedIsMadeAgainAndNoOther() throws IOException {
    String data = largeSource().toString();
    packAll(data, "pack", RAW, 2, new Ears(Integer.MAX_VALUE));
    Map<String, String> before = files("pack");
    Path shard = folder.resolve("pack/train-000001.tar");
    byte[] bytes = Files.readAllBytes(shard);
    bytes[5000]++;
    Files.write(shard, bytes);
    Ears ears = new Ears(Integer.MAX_VALUE);
    packAll(data, "pack", RAW, 2, ears);
    assertThat(files("pack")).isEqualTo(before);
    assertThat(ears.skipped).isEqualTo(9);

    Files.delete(shard);
    assertThat(pack(data, "pack", RAW, 2, new Ears(4))).isEmpty();
    assertThat(files("pack")).doesNotContainKey("pack.json");
    packAll(data, "pack", RAW, 2, new Ears(Integer.MAX_VALUE));
    assertThat(files("pack")).isEqualTo(before);
  }

  @Test
  void aWholePackIsCheckedAndLeftAlone() throws IOException {
    pack("pack", settings());
    Map<String, String> before = files("pack");
    Ears ears = new Ears(Integer.MAX_VALUE);
    packAll(source().toString(), "pack", settings(), 2, ears);
    assertThat(ears.skipped).isEqualTo(16);
    assertThat(files("pack")).isEqualTo(before);
  }

  @Test
  void otherSettingsAreRefusedByName() throws IOException {
    pack("pack", settings());
    assertThatThrownBy(() -> pack("pack", settings(32, PackFormat.JPEG, 7, 1)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(
            "holds a pack that was made otherwise: pack.side 24, here 32; pack.format auto, here"
                + " jpeg; expected the same data and settings")
        .hasMessageEndingWith("name another folder");
  }

  @Test
  void otherDataIsRefused() throws IOException {
    String data = source().toString();
    assertThat(pack(data, "pack", settings(), 2, new Ears(3))).isEmpty();
    TestImages.put(source(), "train/cat/new.png", TestImages.png(9, 9, 1));
    assertThatThrownBy(() -> pack("pack", settings()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("an unfinished pack that was made otherwise: other data");
  }

  @Test
  void aFolderWithOtherFilesIsLeftAlone() throws IOException {
    TestImages.put(folder, "pack/mine.txt", new byte[3]);
    assertThatThrownBy(() -> pack("pack", settings()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("holds other files (mine.txt)");
    assertThat(files("pack")).containsOnlyKeys("mine.txt");
  }

  @Test
  void twoProcessesDoNotPackIntoOneFolder() throws IOException {
    Files.createDirectories(folder.resolve("pack"));
    try (RunLock held = RunLock.take(folder.resolve("pack"))) {
      assertThat(held).isNotNull();
      assertThatThrownBy(() -> pack("pack", settings()))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("wait for it, stop it, or name another folder");
    }
  }

  @Test
  void aRecordThatIsNoneIsRefused() throws IOException {
    TestImages.put(
        folder, "pack/pack.json", "{\"version\": \"x\"}".getBytes(StandardCharsets.US_ASCII));
    assertThatThrownBy(() -> pack("pack", settings()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("pack.json cannot be used");
  }

  @Test
  void unreadablePicturesAreNamedAndLeftOut() throws IOException {
    TestImages.put(source(), "train/cat/bad.png", Arrays.copyOf(TestImages.png(9, 9, 1), 60));
    Ears ears = new Ears(Integer.MAX_VALUE);
    PackRecord record = packAll(source().toString(), "pack", settings(), 2, ears);
    assertThat(ears.bad).containsExactly("train/cat/bad.png");
    assertThat(record.unreadable()).isEqualTo(1);
    assertThat(record.images()).isEqualTo(16);
    assertThat(members("pack", "train-000000.tar")).hasSize(24);
    assertThat(folder.resolve("pack/pack.json")).content().contains("train/cat/bad.png");
    // Found complete, it is counted as before.
    Ears again = new Ears(Integer.MAX_VALUE);
    assertThat(pack(source().toString(), "pack", settings(), 2, again)).contains(record);
  }

  @Test
  void tooManyUnreadablePicturesStopIt() throws IOException {
    for (int i = 0; i < 4; i++) {
      TestImages.put(source(), "train/cat/bad" + i + ".png", new byte[] {1, 2, 3, 4});
    }
    assertThatThrownBy(() -> pack("pack", settings()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("4 of the 16 images")
        .hasMessageContaining("data.bad_fraction");
    assertThat(files("pack")).doesNotContainKey("pack.json");
  }

  @Test
  void aPictureThatMayNotBeReadStopsItAndIsNotLeftOut() throws IOException {
    try (Dataset set = named(Datasets.splits(source().toString(), OPTIONS), "train")) {
      // A removed file fails as one without permission does, also for the superuser.
      Files.delete(source().resolve("train/cat/cat0002.png"));
      assertThatThrownBy(() -> pack(set))
          .isInstanceOf(DataException.class)
          .hasMessageStartingWith("cannot read train/cat/cat0002.png in")
          .hasMessageContaining("there is no such file or folder");
    }
    assertThat(files("pack")).doesNotContainKeys("pack.json", "train-000000.tar");
  }

  /** Its second picture needs more memory than there is. */
  private record Huge() implements Dataset {
    @Override
    public String description() {
      return "huge";
    }

    @Override
    public List<String> classes() {
      return List.of("a", "b");
    }

    @Override
    public int size() {
      return 2;
    }

    @Override
    public int label(int i) {
      return i;
    }

    @Override
    public String name(int i) {
      return i + ".png";
    }

    @Override
    public long bytes(int i) {
      return 1;
    }

    @Override
    public Optional<byte[]> encoded(int i) {
      return Optional.empty();
    }

    @Override
    public Image image(int i) {
      if (i == 1) {
        throw new DataException(name(i) + " needs more", new OutOfMemoryError("Java heap space"));
      }
      return Image.black(8, 8);
    }

    @Override
    public void close() {}
  }

  @Test
  void wantOfMemoryStopsItAndLeavesNothingOut() throws IOException {
    assertThatThrownBy(() -> pack(new Huge())).hasMessage("1.png needs more");
    assertThat(files("pack")).doesNotContainKeys("pack.json", "train-000000.tar");
  }

  @Test
  void anEmptySplitIsRefused() throws IOException {
    Path root = source();
    for (String c : List.of("cat", "dog")) {
      remove(root.resolve("val").resolve(c));
      Files.createDirectories(root.resolve("val").resolve(c));
    }
    assertThatThrownBy(() -> pack("pack", settings()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("is empty, and a split without shards")
        .hasMessageContaining("remove the split");
    assertThat(folder.resolve("pack")).doesNotExist();
  }

  @Test
  void aFileInPlaceOfTheFolderIsNamed() throws IOException {
    TestImages.put(folder, "pack", new byte[3]);
    assertThatThrownBy(() -> pack("pack", settings()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("pack is a file; expected a new or empty folder");
  }

  @Test
  void namesInAnyAlphabetStayAsTheyAre() throws IOException {
    Path root = folder.resolve("alphabets");
    TestImages.put(root, "L\u00f6we \u732b/bild \u00e4.x.png", TestImages.png(9, 9, 1));
    TestImages.put(root, "\u043a\u043e\u0442/1.png", TestImages.png(9, 9, 2));
    packAll(root.toString(), "pack", settings(), 2, new Ears(Integer.MAX_VALUE));
    assertThat(folder.resolve("pack/classes.txt"))
        .hasContent("L\u00f6we \u732b\n\u043a\u043e\u0442\n");
    String pack = folder.resolve("pack").toString();
    try (Dataset set = named(Datasets.splits(pack, OPTIONS), "train")) {
      assertThat(set.classes()).containsExactly("L\u00f6we \u732b", "\u043a\u043e\u0442");
    }
  }

  @Test
  void aPictureLargerThanAShardHasOneOfItsOwn() throws IOException {
    Path root = folder.resolve("mixed");
    for (int i = 0; i < 4; i++) {
      TestImages.put(root, (i % 2 == 0 ? "a/" : "b/") + i + ".png", TestImages.png(9, 9, i));
    }
    TestImages.put(root, "a/large.png", TestImages.png(800, 500, 9));
    PackRecord record = packAll(root.toString(), "pack", RAW, 2, new Ears(Integer.MAX_VALUE));
    assertThat(record.images()).isEqualTo(5);
    assertThat(record.shards()).filteredOn(s -> s.bytes() > 1_000_000).hasSize(1);
    assertThat(record.shards())
        .filteredOn(s -> s.bytes() > 1_000_000)
        .allSatisfy(s -> assertThat(s.images()).isEqualTo(1));
  }

  @Test
  void anUprightJpegThatIsSmallEnoughIsCopiedWithoutMetadata() throws IOException {
    Path root = folder.resolve("jpegs");
    byte[] plain = new JpegEncoder(50, ChromaSampling.FULL).encode(Image.black(20, 90));
    TestImages.put(root, "a/plain.jpg", plain);
    TestImages.put(root, "b/turned.jpg", Golden.bytes("exif6.jpg"));
    TestImages.put(root, "b/inks.jpg", Golden.bytes("cmyk.jpg"));
    PackSettings all = settings(1000, PackFormat.JPEG, 1, 1);
    packAll(root.toString(), "pack", all, 2, new Ears(Integer.MAX_VALUE));
    Map<String, byte[]> members = members("pack", "train-000000.tar");
    JpegEncoder encoder = new JpegEncoder(95, ChromaSampling.QUARTER);
    assertThat(members.values())
        .contains(
            plain,
            encoder.encode(ImageDecoder.decode(Golden.bytes("exif6.jpg"), "turned")),
            encoder.encode(ImageDecoder.decode(Golden.bytes("cmyk.jpg"), "inks")));
  }

  @Test
  void nothingIsEnlarged() throws IOException {
    pack("pack", settings(300, PackFormat.AUTO, 7, 1));
    assertThat(text(named(members("pack", "train-000000.tar"), "000000000.ppm")))
        .startsWith("P6\n40 40\n");
  }

  @Test
  void aDiskThatFailsIsNamedWithWhatToDo() throws IOException {
    String data = largeSource().toString();
    Ears cuts =
        new Ears(Integer.MAX_VALUE) {
          @Override
          public void packed(int done, int total) {
            if (done == 4) {
              remove(folder.resolve("pack"));
            }
          }
        };
    assertThatThrownBy(() -> pack(data, "pack", RAW, 2, cuts))
        .hasMessageContaining("pack/train-000001.tar")
        .hasMessageContaining("1 complete shard stays")
        .hasMessageContaining("pack again with the same settings to go on");
  }

  private static void remove(Path root) {
    try (Stream<Path> all = Files.walk(root)) {
      all.sorted(java.util.Comparator.reverseOrder()).forEach(p -> p.toFile().delete());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void settingsAreChecked() {
    assertThatThrownBy(() -> settings(0, PackFormat.AUTO, 1, 1)).hasMessageContaining("pack.side");
    assertThatThrownBy(() -> settings(9, PackFormat.AUTO, 1, 2001))
        .hasMessageContaining("pack.shard_megabytes");
    assertThatThrownBy(() -> PackFormat.parse("png"))
        .hasMessage("unknown format 'png'; expected jpeg, raw or auto");
  }
}
