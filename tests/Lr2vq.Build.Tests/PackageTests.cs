using System;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Build.Tests;

/// <summary>What is in the packages.</summary>
public sealed class PackageTests(Workshop workshop)
{
    [Theory]
    [InlineData("Lr2vq.Build")]
    [InlineData("Lr2vq.Hosting")]
    [InlineData("Lr2vq.Runtime")]
    [InlineData("Lr2vq.OnnxRuntime")]
    [InlineData("Lr2vq.Tool")]
    [InlineData("Lr2vq.Templates")]
    public void PackagesCarryReadmeIconAndLicence(string id)
    {
        using ZipArchive package = ZipFile.OpenRead(Workshop.PackagePath(id));
        Assert.NotNull(package.GetEntry("README.md"));
        Assert.NotNull(package.GetEntry("LICENSE"));
        Assert.InRange(package.GetEntry("icon.png")!.Length, 100, 10_000);
        XElement metadata = Metadata(package, id);
        Assert.Equal("MIT", Value(metadata, "license"));
        Assert.Equal("icon.png", Value(metadata, "icon"));
        Assert.Equal("README.md", Value(metadata, "readme"));
        Assert.Equal(workshop.Version, Value(metadata, "version"));
        Assert.NotEmpty(Value(metadata, "description"));
    }

    [Theory]
    [InlineData("Lr2vq.Build")]
    [InlineData("Lr2vq.Tool")]
    public void LibrariesOfOthersAreNamed(string id)
    {
        using ZipArchive package = ZipFile.OpenRead(Workshop.PackagePath(id));
        using var notices = new StreamReader(package.GetEntry("THIRD-PARTY-NOTICES.txt")!.Open());
        string text = notices.ReadToEnd();
        string[] theirs = package.Entries.Select(e => e.Name).Where(n => n.EndsWith(".dll", StringComparison.Ordinal) && !n.StartsWith("lr2vq", StringComparison.OrdinalIgnoreCase)).Distinct().ToArray();
        Assert.Contains("StbImageSharp.dll", theirs);
        Assert.All(theirs, name => Assert.Contains(name, text));
    }

    [Fact]
    public void TheDocumentationIsOfWhatUsersSee()
    {
        using ZipArchive package = ZipFile.OpenRead(Workshop.PackagePath("Lr2vq.Runtime"));
        foreach (string framework in new[] { "net8.0", "net10.0" })
        {
            using Stream file = package.GetEntry($"lib/{framework}/Lr2vq.Runtime.xml")!.Open();
            var names = XElement.Load(file).Descendants("member").Select(m => m.Attribute("name")!.Value).ToHashSet();
            Assert.Contains("T:Lr2vq.PlanRunner", names);
            Assert.Contains(names, n => n.StartsWith("M:Lr2vq.BackendSession.SetInput", StringComparison.Ordinal));
            Assert.All(typeof(PlanRunner).Assembly.GetTypes().Where(t => !t.IsVisible), t => Assert.DoesNotContain("T:" + t.FullName!.Replace('+', '.'), names));
            Assert.DoesNotContain(names, n => n.StartsWith("F:Lr2vq.", StringComparison.Ordinal) && n.Contains("._", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void TheBackEndAsksForExactlyItsRunTime()
    {
        using ZipArchive package = ZipFile.OpenRead(Workshop.PackagePath("Lr2vq.OnnxRuntime"));
        string[] dependencies = [.. Metadata(package, "Lr2vq.OnnxRuntime").Descendants().Where(e => e.Name.LocalName == "dependency")
            .Select(e => (string?)e.Attribute("id") + " " + (string?)e.Attribute("version"))];
        Assert.Equal(2, dependencies.Count(d => d == $"Lr2vq.Runtime [{workshop.Version}]"));
        Assert.Equal(2, dependencies.Count(d => d.StartsWith("Microsoft.ML.OnnxRuntime ", StringComparison.Ordinal)));
    }

    [Fact]
    public void TheBuildPackageHasItsParts()
    {
        using ZipArchive package = ZipFile.OpenRead(Workshop.PackagePath("Lr2vq.Build"));
        string[] entries = package.Entries.Select(e => e.FullName).ToArray();
        foreach (string folder in new[] { "build", "buildTransitive" })
        {
            Assert.Contains(folder + "/Lr2vq.Build.props", entries);
            Assert.Contains(folder + "/Lr2vq.Build.targets", entries);
        }
        Assert.Contains("buildMultiTargeting/Lr2vq.Build.targets", entries);
        Assert.Equal(["analyzers/dotnet/cs/Lr2vq.Generator.dll"], entries.Where(e => e.StartsWith("analyzers/")));
        Assert.Equal(["tools/netstandard2.0/Lr2vq.Build.Tasks.dll"], entries.Where(e => e.StartsWith("tools/netstandard2.0/")));
        Assert.Contains("tools/net10.0/lr2vq.dll", entries);
        Assert.Contains("tools/net10.0/lr2vq.runtimeconfig.json", entries);
        Assert.DoesNotContain(entries, e => e.StartsWith("lib/"));
        using var config = new StreamReader(package.GetEntry("tools/net10.0/lr2vq.runtimeconfig.json")!.Open());
        Assert.Contains("LatestMajor", config.ReadToEnd());

        XElement metadata = Metadata(package, "Lr2vq.Build");
        Assert.Empty(Value(metadata, "developmentDependency"));
        XElement dependency = Assert.Single(metadata.Descendants(), e => e.Name.LocalName == "dependency");
        Assert.Equal(("Lr2vq.Runtime", $"[{workshop.Version}]"), (dependency.Attribute("id")!.Value, dependency.Attribute("version")!.Value));
        Assert.Equal("net8.0", dependency.Parent!.Attribute("targetFramework")!.Value);
    }

    [Fact]
    public void TheRunTimeHasNoDependencyAndItsSymbols()
    {
        using ZipArchive package = ZipFile.OpenRead(Workshop.PackagePath("Lr2vq.Runtime"));
        Assert.DoesNotContain(Metadata(package, "Lr2vq.Runtime").Descendants(), e => e.Name.LocalName == "dependency");
        foreach (string framework in new[] { "net8.0", "net10.0" })
        {
            Assert.NotNull(package.GetEntry($"lib/{framework}/Lr2vq.Runtime.dll"));
            Assert.NotNull(package.GetEntry($"lib/{framework}/Lr2vq.Runtime.xml"));
        }
        using ZipArchive symbols = ZipFile.OpenRead(Path.ChangeExtension(Workshop.PackagePath("Lr2vq.Runtime"), ".snupkg"));
        Assert.Contains(symbols.Entries, e => e.Name == "Lr2vq.Runtime.pdb");
    }

    /// <summary>The list of options is written four times, for the tool, the task and twice in the targets; none may be forgotten.</summary>
    [Fact]
    public void TargetsAndTaskKnowEveryOption()
    {
        string root = TestData.RepositoryRoot;
        string table = File.ReadAllText(Path.Combine(root, "src", "Lr2vq.Compiler", "Options", "OptionTable.cs"));
        string targets = File.ReadAllText(Path.Combine(root, "targets", "Lr2vq.Build.targets")), task = File.ReadAllText(Path.Combine(root, "src", "Lr2vq.Build", "ItemOptions.cs"));
        (string Name, string Scope)[] options = Regex.Matches(table, "new\\(\"(\\w+)\", OptionScope\\.(\\w+)").Select(m => (m.Groups[1].Value, m.Groups[2].Value)).ToArray();
        Assert.True(options.Length > 25);
        foreach ((string name, string scope) in options)
        {
            Assert.Contains($"\"{name}\"", task);
            Assert.Contains(name is "Storage" ? "%(Lr2vqStorage)" : $"%({name})", targets);
            if (scope == "Model") Assert.Contains($"<{name}>$(Lr2vq{name})</{name}>", targets);
        }
    }

    /// <summary>What <c>dotnet new</c> makes refers to the packages of the same version, and to nothing that stands for one.</summary>
    [Fact]
    public void TheTemplateHasItsParts()
    {
        using ZipArchive package = ZipFile.OpenRead(Workshop.PackagePath("Lr2vq.Templates"));
        Assert.Equal(["content/lr2vq/.template.config/template.json", "content/lr2vq/Lr2vqApp.csproj", "content/lr2vq/Program.cs"],
            package.Entries.Select(e => e.FullName).Where(e => e.StartsWith("content/", StringComparison.Ordinal) || e.EndsWith(".dll", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        using var project = new StreamReader(package.GetEntry("content/lr2vq/Lr2vqApp.csproj")!.Open());
        Assert.Contains($"""<PackageReference Include="Lr2vq.Build" Version="{workshop.Version}" />""", project.ReadToEnd());
        Assert.Contains(Metadata(package, "Lr2vq.Templates").Descendants(), e => e.Name.LocalName == "packageType" && e.Attribute("name")!.Value == "Template");
    }

    private static XElement Metadata(ZipArchive package, string id)
    {
        using Stream stream = package.GetEntry(id + ".nuspec")!.Open();
        return XDocument.Load(stream).Root!.Elements().First(e => e.Name.LocalName == "metadata");
    }

    private static string Value(XElement metadata, string name) => metadata.Elements().FirstOrDefault(e => e.Name.LocalName == name)?.Value ?? "";
}
