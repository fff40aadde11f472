using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Training.Tests;

public sealed class PublicApiTests
{
    [Fact]
    public void The_public_surface_is_as_listed() => PublicSurface.Check(typeof(LibTorch).Assembly);
}
