using Lr2vq.Testing;
using Lr2vq.Testing.Docs;
using Xunit;

namespace Lr2vq.Tests.Tool;

public sealed class OperatorDocsTests
{
    [Fact]
    public void ThePageShowsTheCheckedInFigures()
    {
        foreach ((string path, string text) in OperatorDocs.Pages(TestData.RepositoryRoot))
            Assert.True(DocsFiles.IsCurrent(TestData.RepositoryRoot, path, text), $"{path} is out of date: run `dotnet run -c Release --project tests/Lr2vq.Conformance -- docs`");
    }
}
