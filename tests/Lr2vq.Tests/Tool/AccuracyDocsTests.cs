using System.Xml.Linq;
using Lr2vq.Testing;
using Lr2vq.Testing.Docs;
using Xunit;

namespace Lr2vq.Tests.Tool;

public sealed class AccuracyDocsTests
{
    [Fact]
    public void PagesShowTheCheckedInFigures()
    {
        foreach ((string path, string text) in AccuracyDocs.Pages(TestData.RepositoryRoot))
            Assert.True(DocsFiles.IsCurrent(TestData.RepositoryRoot, path, text), $"{path} is out of date: run `dotnet run -c Release --project tests/Lr2vq.Accuracy -- docs`");
    }

    [Fact]
    public void TheChartIsAPictureForBothGrounds()
    {
        string svg = RateChart.Write([("net", [new RateCurve("without data", [(6, 0.02), (8, 0.4)]), new RateCurve("with unlabelled data", [(8, 0.01), (12, 0.09)])])]);

        XElement root = XDocument.Parse(svg).Root!;

        Assert.Equal("svg", root.Name.LocalName);
        Assert.Contains("prefers-color-scheme: dark", svg);
        Assert.DoesNotContain("NaN", svg);
    }
}
