package dev.fovea.server;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static dev.fovea.architecture.Layers.may;

import com.tngtech.archunit.core.domain.JavaClasses;
import dev.fovea.architecture.LayeredModule;
import dev.fovea.architecture.Layers;
import org.junit.jupiter.api.Test;

/** The shape of module server: which of its packages may use which. */
class ArchitectureTest implements LayeredModule {
  /** Each package in reading order, with those that it may use, which all come before it. */
  private static final Layers LAYERS =
      Layers.of(
          "dev.fovea.server",
          may("protocol"),
          may("page"),
          may("metrics"),
          may("model", "metrics"),
          may("http", "protocol", "page", "metrics", "model"),
          may("", "protocol", "metrics", "model", "http"));

  private static final JavaClasses SERVER = LAYERS.classes();

  @Override
  public Layers layers() {
    return LAYERS;
  }

  @Override
  public int classesAtLeast() {
    return 100;
  }

  @Test
  void onlyTheLibraryTouchesTheEngine() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.bytedeco..", "com.sun.jna..")
        .check(SERVER);
  }

  @Test
  void theServerOpensNoConnection() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.net.Socket")
        .orShould()
        .dependOnClassesThat()
        .resideInAPackage("java.net.http..")
        .orShould()
        .dependOnClassesThat()
        .resideInAPackage("org.eclipse.jetty.client..")
        .orShould()
        .dependOnClassesThat()
        .haveFullyQualifiedName("org.eclipse.jetty.io.ClientConnector")
        .orShould()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.nio.channels.SocketChannel")
        .orShould()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.nio.channels.AsynchronousSocketChannel")
        .orShould()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.net.DatagramSocket")
        .orShould()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.net.URL")
        .orShould()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.net.URLConnection")
        .as("no request makes the server ask another machine")
        .check(SERVER);
  }

  @Test
  void onlyHttpKnowsJetty() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.fovea.server.http")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.eclipse.jetty..")
        .check(SERVER);
  }
}
