using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using Lr2vq.Data;
using Lr2vq.Testing;
using Microsoft.Playwright;
using Xunit;

namespace Lr2vq.Page.Tests;

/// <summary>samples/Browser, published from the packages that were packed last, in Chromium.</summary>
public sealed partial class BrowserSampleTests : IDisposable
{
    /// <summary>What a visitor downloads at most, in bytes, compressed as web servers do it. ONNX Runtime Web is 12.8 million and more.</summary>
    private const int MostBytes = 2_000_000;

    private static readonly string[] s_labels = ["upright", "upside down"];

    private readonly string _folder = Directory.CreateTempSubdirectory("lr2vq-browser").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task ThePageSaysWhatTheConsoleSays()
    {
        Assert.SkipUnless(Chromium.IsThere, Chromium.Missing);
        string models = Path.GetDirectoryName(TestData.Model("ch_ppocr_mobile_v2.0_cls_infer.onnx"))!;
        string artifacts = Path.Combine(TestData.RepositoryRoot, "artifacts", "samples");
        string[] settings = ["-c", "Release", "-p:OcrModels=" + models, "-p:Lr2vqCacheDirectory=" + Path.Combine(_folder, "cache")];
        Dotnet(["publish", Sample("Browser"), .. settings, "-o", Path.Combine(_folder, "published")]);
        Dotnet(["build", Sample("Classify"), .. settings]);
        string site = Path.Combine(_folder, "published", "wwwroot"), console = Path.Combine(artifacts, "bin", "Classify", "release", "Classify.dll");
        using PlanRunner runner = PlanRunner.Load(Path.Combine(artifacts, "obj", "Browser", "release", "lr2vq", "Classifier.lr2vq"));

        await using Chromium chromium = await Chromium.Start();
        using StaticSite server = new(site);
        IPage page = await chromium.NewPage();
        await page.GotoAsync(server.Address);
        await Assertions.Expect(page.Locator("#time")).ToHaveTextAsync("ready", new() { Timeout = 120_000 });
        foreach ((string name, PixelImage picture) in Pictures())
        {
            string file = Path.Combine(_folder, name);
            PictureWriter.WritePng(file, picture);
            await page.EvaluateAsync("document.getElementById('time').textContent = ''");
            await page.SetInputFilesAsync("#file", file);
            await Assertions.Expect(page.Locator("#time")).ToHaveTextAsync(Answer(), new() { Timeout = 120_000 });
            (string Label, float Score)[] said = [.. (await page.Locator("#classes li").AllTextContentsAsync()).Select(Read)];

            string[] ofConsole = Dotnet(console, file).Trim().Split('\n');
            Assert.Equal(ofConsole, said.Select(s => FormattableString.Invariant($"{s.Label}: {s.Score:0.000}")));
            // The same to the last digits; the order in which sums are rounded depends on whether a processor multiplies and adds at once.
            float[] expected = Run(runner, picture);
            Assert.Equal(2, said.Length);
            foreach ((string label, float score) in said) Assert.Equal(expected[Array.IndexOf(s_labels, label)], score, 1e-5f);
            TestContext.Current.SendDiagnosticMessage($"{name}: {await page.Locator("#time").TextContentAsync()}, {string.Join(", ", said)}, here {string.Join(", ", expected)}");
        }
        if (BrowserFixture.Screenshots is { } pictures) await page.ScreenshotAsync(new() { Path = Path.Combine(pictures, "browser.png") });

        // What was fetched, as a server sends it that has the compressed files beside.
        string[] fetched = [.. server.Served.Distinct()];
        long plain = fetched.Sum(f => new FileInfo(f).Length), bytes = fetched.Sum(f => new FileInfo(File.Exists(f + ".br") ? f + ".br" : f).Length);
        TestContext.Current.SendDiagnosticMessage($"{fetched.Length} files, {plain} bytes, {bytes} compressed");
        Assert.Contains(fetched, f => Path.GetFileName(f).StartsWith("Lr2vq.Runtime", StringComparison.Ordinal));
        Assert.InRange(bytes, 500_000, MostBytes);
    }

    /// <summary>Lines that are sure, and pictures that are not.</summary>
    private static IEnumerable<(string Name, PixelImage Picture)> Pictures()
    {
        PixelImage line = PictureFile.Read(Path.Combine(TestData.RepositoryRoot, "samples", "ReadText", "line.png"));
        yield return ("line.png", line);
        yield return ("turned.png", new PixelImage(line.Width, line.Height, line.Channels, [.. line.Pixels.Chunk(line.Channels).Reverse().SelectMany(p => p)]));
        Random random = new(3);
        for (int i = 0; i < 3; i++)
        {
            byte[] noise = new byte[192 * 48 * 3];
            random.NextBytes(noise);
            yield return ($"noise{i}.png", new PixelImage(192, 48, 3, noise));
        }
    }

    private static float[] Run(PlanRunner runner, PixelImage picture)
    {
        using ModelSession session = runner.CreateSession();
        session.SetPicture(0, picture.Pixels, picture.Width, picture.Height);
        session.Run();
        float[] shares = new float[2];
        session.GetOutput<float>(0, shares);
        return shares;
    }

    private static (string Label, float Score) Read(string line)
    {
        int space = line.IndexOf(' ', StringComparison.Ordinal);
        return (line[(space + 1)..], float.Parse(line[..space], CultureInfo.InvariantCulture));
    }

    private static string Sample(string name) => Path.Combine(TestData.RepositoryRoot, "samples", name);

    [GeneratedRegex(@"^\d+\.\d ms, 128-bit vectors$")]
    private static partial Regex Answer();

    [GeneratedRegex(@"NU110[12]: Unable to find package Microsoft\.")]
    private static partial Regex LacksPacks();

    private static string Dotnet(params string[] arguments)
    {
        ProcessStartInfo start = new("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        (start.Environment["MSBUILDDISABLENODEREUSE"], start.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"], start.Environment["DOTNET_NOLOGO"]) = ("1", "0", "1");
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.SkipWhen(process.ExitCode != 0 && LacksPacks().IsMatch(output), "the feed has not all packages of the browser's SDK");
        Assert.True(process.ExitCode == 0, output + errors.Result);
        return output;
    }
}
