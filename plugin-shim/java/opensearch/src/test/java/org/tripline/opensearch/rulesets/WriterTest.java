package org.tripline.opensearch.rulesets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.opensearch.OpenSearchSecurityException;

/** Users as the security plugin names them. */
class WriterTest {
  @Test
  void hasTheRolesAndNotTheBackendRoles() {
    assertEquals(
        new Writer("ann", List.of("reader", "writer")),
        Writer.parse("ann|ldap-group|reader,writer|tenant|WRITE"));
    assertEquals(new Writer("ann", List.of()), Writer.parse("ann|||null|NONE"));
  }

  @Test
  void cannotShiftBarsIntoAnotherPlace() {
    // A name that ends with a backslash makes the next bar look like one inside the name.
    for (String info : List.of("ann\\||reader|all_access|x", "a\\|b||reader|t|NONE", "ann", "||r|t|x")) {
      assertThrows(OpenSearchSecurityException.class, () -> Writer.parse(info), info);
    }
  }
}
