package dev.fovea.server.attack;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameStartingWith;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The server opens no connection and no file because a request names one. */
class OutboundTest {
  @TempDir private Path folder;

  @Test
  void noClassOfTheServerCanConnectToAnything() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.net.Socket")
        .orShould()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.net.URLConnection")
        .orShould()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.net.HttpURLConnection")
        .orShould()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.nio.channels.SocketChannel")
        .orShould()
        .dependOnClassesThat()
        .resideInAnyPackage("java.net.http..", "org.eclipse.jetty.client..", "javax.naming..")
        .orShould()
        .callMethodWhere(target(owner(type(java.net.URL.class))).and(target(nameStartingWith("open"))))
        .orShould()
        .callMethodWhere(target(owner(type(ImageIO.class))).and(target(nameStartingWith("read"))))
        .orShould()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.io.ObjectInputStream")
        .check(
            new ClassFileImporter()
                .withImportOption(location -> !location.contains("/test-classes/"))
                .importPackages("dev.fovea.server"));
  }

  @Test
  void addressesAndPathsInRequestsAreNotFollowed() throws Exception {
    Path file = Files.write(folder.resolve("there.jpg"), SmallModel.picture(1));
    try (ServerSocket bait = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        AttackedServer server = AttackedServer.start(folder, o -> o.allowReload())) {
      for (String address :
          List.of(
              "http://127.0.0.1:" + bait.getLocalPort() + "/a.jpg",
              "http://localhost:" + bait.getLocalPort() + "/a.jpg",
              file.toUri().toString(),
              file.toString())) {
        tryAll(server, address);
      }
      bait.setSoTimeout(300);
      try {
        bait.accept();
        throw new AssertionError("the server connected to an address from a request");
      } catch (SocketTimeoutException e) {
        // Nobody came.
      }
      server.assertAnswers();
    }
  }

  private static void tryAll(AttackedServer server, String address) throws IOException {
    byte[] text = address.getBytes(StandardCharsets.UTF_8);
    List<byte[]> requests =
        List.of(
            Wire.post("/v1/classify", text),
            Wire.post("/v1/classify", text, "Content-Type: text/plain"),
            Wire.post("/v1/classify", "{\"url\":\"" + address + "\"}"),
            Wire.post("/v1/classify", "{\"image\":\"" + address + "\"}"),
            Wire.post("/v1/classify?url=" + address + "&path=" + address, new byte[0]),
            Wire.post("/v1/classify", svg(address), "Content-Type: image/svg+xml"),
            Wire.post(
                "/v2/models/small/infer",
                "{\"inputs\":[{\"name\":\"input\",\"shape\":[1],\"datatype\":\"BYTES\",\"data\":[\""
                    + address
                    + "\"]}]}"));
    for (byte[] request : requests) {
      Wire.Reply reply = Wire.ask(server.port(), request);
      assertThat(reply.status()).as(reply.text()).isBetween(400, 499);
    }
    for (String parameters :
        List.of(
            "{\"parameters\":{\"path\":\"%s\"}}",
            "{\"parameters\":{\"config\":\"{}\",\"file:1/model.onnx\":\"%s\"}}",
            "{\"url\":\"%s\"}")) {
      Wire.Reply other =
          Wire.ask(
              server.port(),
              Wire.post("/v2/repository/models/other/load", parameters.formatted(address)));
      assertThat(other.status()).as(other.text()).isBetween(400, 499);
      // What is loaded under a name that the server has is the file it was started with.
      int status =
          Wire.ask(
                  server.port(),
                  Wire.post("/v2/repository/models/small/load", parameters.formatted(address)))
              .status();
      assertThat(status).isIn(200, 400);
    }
  }

  private static byte[] svg(String address) {
    return ("<svg xmlns=\"http://www.w3.org/2000/svg\"><image href=\"" + address + "\"/></svg>")
        .getBytes(StandardCharsets.UTF_8);
  }
}
