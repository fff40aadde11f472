using Lr2vq.Testing;
using Lr2vq.Testing.Docs;
using Xunit;

namespace Lr2vq.Tests.Tool;

public sealed class PerformanceDocsTests
{
    [Fact]
    public void PagesShowTheCheckedInFigures()
    {
        foreach ((string path, string text) in PerformanceDocs.Pages(TestData.RepositoryRoot))
            Assert.True(DocsFiles.IsCurrent(TestData.RepositoryRoot, path, text),
                $"{path} is out of date: run `dotnet run -c Release --project tests/Lr2vq.Benchmarks -- docs`");
    }

    [Theory]
    [InlineData("64->128 3x3 s2 @56", "two pixels apart"), InlineData("512->512 3x3 s1 @7", "second-level cache"), InlineData("96 depthwise 3x3 s2 @112", "memory")]
    [InlineData("3->64 7x7 s2 @224", "padded rows"), InlineData("not a layer", "")]
    public void EveryKindOfLayerHasAReason(string layer, string part) => Assert.Contains(part, LayerReasons.Of(layer));
}
