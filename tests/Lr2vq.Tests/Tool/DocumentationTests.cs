using System;
using System.IO;
using System.Linq;
using System.Threading;
using Lr2vq.Diagnostics;
using Lr2vq.Testing;
using Lr2vq.Tool;
using Lr2vq.Tool.Commands;
using Xunit;

namespace Lr2vq.Tests.Tool;

public sealed class DocumentationTests
{
    [Fact]
    public void GeneratedPagesAreUpToDate()
    {
        using CancellationTokenSource cancel = new();
        foreach ((string name, string text) in DocsCommand.Pages(CommandLine.Create(new ToolContext(TextWriter.Null, TextWriter.Null, cancel))))
        {
            string path = Path.Combine(TestData.RepositoryRoot, "docs", name);
            if (Environment.GetEnvironmentVariable("LR2VQ_UPDATE_GOLDEN") == "1") File.WriteAllText(path, text);
            Assert.True(File.Exists(path) && File.ReadAllText(path).ReplaceLineEndings("\n") == text, $"docs/{name} is out of date: run `lr2vq docs docs`");
        }
    }

    [Fact]
    public void EveryDiagnosticHasItsOwnCode()
    {
        DiagnosticDefinition[] all = [.. DocsCommand.Definitions()];
        Assert.Equal(all.Length, all.Select(d => d.Id).Distinct(StringComparer.Ordinal).Count());
        Assert.All(all, d => Assert.Matches("^LR2VQ[1-9][0-9]{3}$", d.Id));
        Assert.All(all, d => Assert.False(d.Message.EndsWith('.') || d.Remedy.EndsWith('.'), d.Id));
    }
}
