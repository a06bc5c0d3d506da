"""What sets the project up and checks it. No part of the product."""
