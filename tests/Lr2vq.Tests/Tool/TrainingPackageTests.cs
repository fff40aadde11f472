using System;
using System.IO;
using Lr2vq.Diagnostics;
using Lr2vq.Protocol;
using Lr2vq.Testing;
using Lr2vq.Tool.Training;
using Xunit;

namespace Lr2vq.Tests.Tool;

/// <summary>What trains comes from elsewhere: what is said where it is not there, or is none.</summary>
public sealed class TrainingPackageTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lr2vq-training").FullName;

    [Fact]
    public void A_project_without_the_package_is_told_the_line_to_add()
    {
        DiagnosticBag bag = new();
        Assert.Null(TrainingPackage.Find(TrainingSource.Of(new ToolRequest { ProjectDirectory = _folder, Training = new ToolTraining() }), "FineTune of net.onnx 'Blocks'", bag));
        Diagnostic problem = Assert.Single(bag.All);
        Assert.Equal("LR2VQ4114", problem.Id);
        Assert.Contains($"<PackageReference Include=\"Lr2vq.Training\" Version=\"{ToolVersion.Package}\" PrivateAssets=\"all\" />", problem.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("no assembly")]
    public void What_is_no_assembly_is_not_loaded(string? content)
    {
        string path = Path.Combine(_folder, "Lr2vq.Training.dll");
        if (content is not null) File.WriteAllText(path, content);
        DiagnosticBag bag = new();
        Assert.Null(TrainingPackage.Find(Source(path), "--fine-tune", bag));
        Assert.Equal("LR2VQ4115", Assert.Single(bag.All).Id);
    }

    /// <summary>The identity of the code is known without its libraries, so that a cache serves who has none.</summary>
    [Fact]
    public void An_assembly_has_a_version_before_it_is_loaded()
    {
        DiagnosticBag bag = new();
        Assert.Equal(typeof(TrainingPackageTests).Module.ModuleVersionId.ToString("N"), TrainingPackage.Find(Source(typeof(TrainingPackageTests).Assembly.Location), "--fine-tune", bag)?.Version);
        Assert.Empty(bag.All);
    }

    [Fact]
    public void A_request_keeps_where_packages_are()
    {
        ToolRequest request = new() { Training = new ToolTraining { Assembly = "a b.dll", PackageFolders = ["one", "two"] } };
        request.Training.Restore["RestoreSources"] = "x;y";
        ToolTraining read = ToolRequest.FromJson(request.ToJson()).Training!;
        Assert.Equal(("a b.dll", "one,two", "x;y"), (read.Assembly, string.Join(',', read.PackageFolders), read.Restore["RestoreSources"]));
        Assert.Null(ToolRequest.FromJson(new ToolRequest().ToJson()).Training);
    }

    [Fact]
    public void A_folder_without_a_loader_is_no_run_time() =>
        Assert.Throws<FileNotFoundException>(() => LoaderHost.Command(_folder, LoaderHost.Dotnet()));

    /// <summary>Whoever packs or builds a sample without training restores no libtorch.</summary>
    [Fact]
    public void The_other_packages_are_packed_without_it() =>
        Assert.DoesNotContain("Training", File.ReadAllText(Path.Combine(TestData.RepositoryRoot, "Lr2vq.Packages.slnf")), StringComparison.Ordinal);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private TrainingSource Source(string assembly) => new() { Assembly = assembly, PackageFolders = [_folder], ConfigFolder = _folder, Remedy = "" };
}
