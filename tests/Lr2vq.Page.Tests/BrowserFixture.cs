using System;
using System.Diagnostics;
using System.IO;
using System.Threading.Tasks;
using Microsoft.Playwright;
using Xunit;

namespace Lr2vq.Page.Tests;

/// <summary>Debian's Chromium, and a report that the tool wrote about a small network, answers included.</summary>
public sealed class BrowserFixture : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lr2vq-page").FullName;
    private Chromium? _chromium;

    /// <summary>Address of the report.</summary>
    public string Report => new Uri(Path.Combine(_folder, "report.html")).AbsoluteUri;

    /// <summary>Pictures of pages go there where it is set, for people to look at.</summary>
    public static string? Screenshots => Environment.GetEnvironmentVariable("LR2VQ_SCREENSHOTS");

    public async ValueTask InitializeAsync()
    {
        if (!Chromium.IsThere) return;
        string model = ReportedModel.Write(_folder);
        Tool("compress", model, "-o", Path.Combine(_folder, "model.lr2vq"), "--target-ratio", "3");
        Tool("report", Path.Combine(_folder, "model.lr2vq"), "-o", Path.Combine(_folder, "report.html"), "--model", model, "--data", Path.Combine(_folder, "pictures"), "--rates", "2,4");
        _chromium = await Chromium.Start();
    }

    /// <summary>The report in a window of that size.</summary>
    public async Task<IPage> Open(int width, int height, ColorScheme theme = ColorScheme.Light)
    {
        Assert.SkipWhen(_chromium is null, Chromium.Missing);
        IPage page = await _chromium.NewPage(new() { ViewportSize = new() { Width = width, Height = height }, ColorScheme = theme });
        await page.GotoAsync(Report);
        return page;
    }

    public async ValueTask DisposeAsync()
    {
        if (_chromium is not null) await _chromium.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static void Tool(params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "lr2vq.dll"), .. arguments]) { RedirectStandardError = true })!;
        string problems = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException(problems);
    }
}
