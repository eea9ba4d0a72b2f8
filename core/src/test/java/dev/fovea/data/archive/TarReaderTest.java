package dev.fovea.data.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.apache.commons.compress.archivers.tar.TarFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TarReaderTest {
  @TempDir Path dir;

  private static List<TarReader.Member> list(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      TarReader tar = new TarReader(channel, 0, channel.size());
      List<TarReader.Member> members = new ArrayList<>();
      for (TarReader.Member m = tar.next(); m != null; m = tar.next()) {
        members.add(m);
      }
      return members;
    }
  }

  private Path write(int longNames, String... paths) throws IOException {
    Path file = dir.resolve("a.tar");
    try (TarArchiveOutputStream out =
        new TarArchiveOutputStream(Files.newOutputStream(file), "UTF-8")) {
      out.setLongFileMode(longNames);
      out.setAddPaxHeadersForNonAsciiNames(longNames == TarArchiveOutputStream.LONGFILE_POSIX);
      Random random = new Random(1);
      for (String path : paths) {
        byte[] content = new byte[random.nextInt(90_000)];
        random.nextBytes(content);
        TarArchiveEntry entry = new TarArchiveEntry(path);
        entry.setSize(content.length);
        out.putArchiveEntry(entry);
        out.write(content);
        out.closeArchiveEntry();
      }
    }
    return file;
  }

  @ParameterizedTest
  @ValueSource(ints = {TarArchiveOutputStream.LONGFILE_GNU, TarArchiveOutputStream.LONGFILE_POSIX})
  void membersAreThoseThatAnotherReaderFinds(int longNames) throws IOException {
    List<String> paths = new ArrayList<>(List.of("a.jpg", "./b/c.png", "kočka/ženy.jpg", "empty/"));
    for (int length : new int[] {90, 99, 100, 101, 155, 156, 255, 256, 257, 4000}) {
      paths.add("p/" + "x".repeat(length) + "/" + length + ".jpg");
    }
    for (int i = 0; i < 200; i++) {
      paths.add("many/" + i + ".png");
    }
    paths.removeIf(p -> p.endsWith("/"));
    Path file = write(longNames, paths.toArray(String[]::new));

    List<TarReader.Member> members = list(file);

    assertThat(members).extracting(TarReader.Member::path).containsExactlyElementsOf(paths);
    try (TarFile other = new TarFile(file.toFile(), "UTF-8")) {
      assertThat(members)
          .extracting(TarReader.Member::offset)
          .containsExactlyElementsOf(
              other.getEntries().stream().map(TarArchiveEntry::getDataOffset).toList());
      assertThat(members)
          .extracting(TarReader.Member::size)
          .containsExactlyElementsOf(
              other.getEntries().stream().map(TarArchiveEntry::getSize).toList());
    }
  }

  @Test
  void kindsOfMembersAreToldApart() throws IOException {
    Path file = dir.resolve("kinds.tar");
    try (Tars tar = Tars.file(file)) {
      tar.addKind("folder/", TarConstants.LF_DIR, "")
          .addKind("hard", TarConstants.LF_LINK, "x")
          .addKind("soft", TarConstants.LF_SYMLINK, "x")
          .addKind("pipe", TarConstants.LF_FIFO, "")
          .addKind("device", TarConstants.LF_CHR, "")
          .add("file", "x");
    }
    assertThat(list(file))
        .extracting(TarReader.Member::kind)
        .containsExactly(
            TarReader.Kind.FOLDER,
            TarReader.Kind.HARD_LINK,
            TarReader.Kind.LINK,
            TarReader.Kind.SPECIAL,
            TarReader.Kind.SPECIAL,
            TarReader.Kind.FILE);
  }

  @Test
  void anArchiveInsideAnotherIsReadInPlace() throws IOException {
    ByteArrayOutputStream inner = new ByteArrayOutputStream();
    try (Tars tar = Tars.memory(inner)) {
      tar.add("one.txt", "1").add("two.txt", "22");
    }
    Path file = dir.resolve("outer.tar");
    try (Tars tar = Tars.file(file)) {
      tar.add("first", "x".repeat(700)).add("inner.tar", inner.toByteArray());
    }
    TarReader.Member archive = list(file).get(1);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      TarReader tar = new TarReader(channel, archive.offset(), archive.offset() + archive.size());
      assertThat(tar.next()).extracting(TarReader.Member::path).isEqualTo("one.txt");
      TarReader.Member two = Objects.requireNonNull(tar.next());
      assertThat(new String(tar.content(two), StandardCharsets.UTF_8)).isEqualTo("22");
      assertThat(tar.next()).isNull();
    }
  }

  @Test
  void sizesInBase256AreRead() throws IOException {
    Path plain = write(TarArchiveOutputStream.LONGFILE_GNU, "a.jpg", "b.jpg");
    byte[] bytes = Files.readAllBytes(plain);
    List<TarReader.Member> expected = list(plain);
    long size = expected.get(0).size();
    Arrays.fill(bytes, 124, 136, (byte) 0);
    bytes[124] = (byte) 0x80;
    ByteBuffer.wrap(bytes).putLong(128, size);
    sum(bytes);
    Path file = Files.write(dir.resolve("base256.tar"), bytes);
    assertThat(list(file)).isEqualTo(expected);

    bytes[126] = 1;
    sum(bytes);
    Path huge = Files.write(dir.resolve("huge.tar"), bytes);
    assertThatThrownBy(() -> list(huge)).isInstanceOf(IOException.class);
  }

  private static void sum(byte[] header) {
    Arrays.fill(header, 148, 156, (byte) ' ');
    int sum = 0;
    for (int i = 0; i < 512; i++) {
      sum += header[i] & 255;
    }
    byte[] digits = String.format("%06o\0 ", sum).getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(digits, 0, header, 148, 8);
  }

  @Test
  void aDamagedHeaderIsAnError() throws IOException {
    byte[] bytes = Files.readAllBytes(write(TarArchiveOutputStream.LONGFILE_GNU, "a.jpg", "b.jpg"));
    bytes[3] ^= 1;
    Path file = Files.write(dir.resolve("damaged.tar"), bytes);
    assertThatThrownBy(() -> list(file)).hasMessageContaining("damaged header");
    Path text = Files.writeString(dir.resolve("text.tar"), "no archive");
    assertThatThrownBy(() -> list(text)).hasMessageContaining("too short");
  }

  @Test
  void anyDamageEndsInAnErrorOrAList() throws IOException {
    byte[] bytes =
        Files.readAllBytes(
            write(TarArchiveOutputStream.LONGFILE_POSIX, "a.jpg", "p/" + "x".repeat(300) + "č"));
    Random random = new Random(3);
    int errors = 0;
    for (int round = 0; round < 2000; round++) {
      byte[] damaged = bytes.clone();
      int end = 512 + random.nextInt(bytes.length - 512);
      for (int k = 0; k < 3; k++) {
        damaged[random.nextInt(512)] = (byte) random.nextInt(256);
      }
      if (round % 2 == 0) {
        sum(damaged);
      }
      Path file =
          Files.write(
              dir.resolve("fuzz.tar"), round % 3 == 0 ? Arrays.copyOf(damaged, end) : damaged);
      try {
        assertThat(list(file).size()).isLessThan(1000);
      } catch (IOException e) {
        errors++;
      }
    }
    assertThat(errors).isBetween(500, 2000);
  }

  @Test
  void anArchiveThatIsCutIsAnError() throws IOException {
    Path file = dir.resolve("cut.tar");
    try (Tars tar = Tars.file(file)) {
      tar.add("a.cls", "1").add("b.cls", "x".repeat(4000));
    }
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(whole, 2048));
    assertThatThrownBy(() -> list(file))
        .isInstanceOf(EOFException.class)
        .hasMessage("it ends within its member b.cls");
    // Some writers leave out the zeros after the last member.
    Files.write(file, Arrays.copyOf(whole, 1536 + 4000));
    assertThat(list(file)).hasSize(2);
  }
}
