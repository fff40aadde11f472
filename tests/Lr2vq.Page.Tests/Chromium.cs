using System;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Microsoft.Playwright;

namespace Lr2vq.Page.Tests;

/// <summary>Debian's Chromium, driven by Playwright.</summary>
internal sealed class Chromium : IAsyncDisposable
{
    public const string Missing = "no Chromium; on Debian: apt-get install chromium";

    private static readonly string[] s_places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    private readonly IPlaywright _playwright;

    private Chromium(IPlaywright playwright, IBrowser browser) => (_playwright, Browser) = (playwright, browser);

    public IBrowser Browser { get; }

    public static bool IsThere => s_places.Any(File.Exists);

    public static async Task<Chromium> Start()
    {
        IPlaywright playwright = await Playwright.CreateAsync();
        // Chromium refuses its sandbox to root, who runs tests in containers.
        return new Chromium(playwright, await playwright.Chromium.LaunchAsync(new() { ExecutablePath = s_places.First(File.Exists), Args = ["--no-sandbox"] }));
    }

    /// <summary>A page whose errors fail the test.</summary>
    public async Task<IPage> NewPage(BrowserNewPageOptions? options = null)
    {
        IPage page = await Browser.NewPageAsync(options);
        page.PageError += (_, error) => throw new InvalidOperationException(error);
        return page;
    }

    public async ValueTask DisposeAsync()
    {
        await Browser.DisposeAsync();
        _playwright.Dispose();
    }
}
