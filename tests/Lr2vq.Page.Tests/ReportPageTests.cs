using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Microsoft.Playwright;
using Xunit;

namespace Lr2vq.Page.Tests;

/// <summary>The report in a browser: both themes, keyboard, width of a phone, nothing loaded.</summary>
public sealed class ReportPageTests(BrowserFixture browser) : IClassFixture<BrowserFixture>
{
    [Theory]
    [InlineData(ColorScheme.Light, 1200)]
    [InlineData(ColorScheme.Dark, 1200)]
    [InlineData(ColorScheme.Light, 360)]
    [InlineData(ColorScheme.Dark, 360)]
    public async Task NothingIsCutOffAndTextHasContrast(ColorScheme theme, int width)
    {
        IPage page = await browser.Open(width, 800, theme);
        Assert.Equal(width, await page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
        // WCAG 2.2, 1.4.3: 4.5 to 1 for text.
        double least = await page.EvaluateAsync<double>("""
            () => {
              const parts = color => color.match(/[\d.]+/g).map(Number);
              const light = color => parts(color).slice(0, 3).map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4).reduce((s, c, i) => s + c * [0.2126, 0.7152, 0.0722][i], 0);
              const ground = e => { for (; e; e = e.parentElement) { const c = parts(getComputedStyle(e).backgroundColor); if (c.length === 3 || c[3] > 0) return getComputedStyle(e).backgroundColor; } return "rgb(255,255,255)"; };
              return Math.min(...[...document.querySelectorAll("h1,h2,h3,p,td,th,li,a,span,b,svg text,button")].filter(e => e.textContent.trim() && e.getClientRects().length).map(e => {
                const ink = light(e.tagName === "text" ? getComputedStyle(e).fill : getComputedStyle(e).color), paper = light(ground(e));
                return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
              }));
            }
            """);
        Assert.True(least >= 4.5, $"contrast {least}");
        if (BrowserFixture.Screenshots is { } folder) await page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"report-{theme}-{width}.png"), FullPage = true });
        await page.CloseAsync();
    }

    [Fact]
    public async Task TheKeyboardReachesEverything()
    {
        IPage page = await browser.Open(1200, 800);
        List<string> reached = [];
        for (int i = 0; i < 40; i++)
        {
            await page.Keyboard.PressAsync("Tab");
            reached.Add(await page.EvaluateAsync<string>("document.activeElement.textContent.trim().slice(0, 40)"));
        }
        foreach (string one in (string[])["Skip to the content", "Light / dark", "What the file is made of", "Speed by layer", "tensor", "bytes", "relative error"]) Assert.Contains(one, reached);
        // Sorting by key: once down, again up.
        ILocator head = page.GetByRole(AriaRole.Button, new() { Name = "bytes", Exact = true });
        await head.FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        double[] down = await Column(page);
        await page.Keyboard.PressAsync("Enter");
        double[] up = await Column(page);
        Assert.True(down.Length > 10);
        Assert.Equal(down.OrderDescending(), down);
        Assert.Equal(up.Order(), up);
        Assert.Equal("ascending", await page.Locator("table.sortable th").Nth(3).GetAttributeAsync("aria-sort"));
        await page.CloseAsync();
    }

    [Fact]
    public async Task TheButtonTurnsTheTheme()
    {
        IPage page = await browser.Open(1200, 800, ColorScheme.Dark);
        string before = await Ground(page);
        await page.GetByRole(AriaRole.Button, new() { Name = "Light / dark" }).ClickAsync();
        string after = await Ground(page);
        await page.GetByRole(AriaRole.Button, new() { Name = "Light / dark" }).ClickAsync();
        Assert.NotEqual(before, after);
        Assert.Equal(before, await Ground(page));
        await page.CloseAsync();
    }

    [Fact]
    public async Task EverythingIsInThePage()
    {
        IPage page = await browser.Open(1200, 800);
        List<string> requests = [];
        page.Request += (_, request) => requests.Add(request.Url);
        await page.ReloadAsync();
        Assert.Equal([browser.Report], requests.Where(r => !r.StartsWith("data:", StringComparison.Ordinal)));
        Assert.Equal(8, await page.Locator(".answers img").CountAsync());
        Assert.True(await page.EvaluateAsync<bool>("[...document.images].every(i => { i.loading = 'eager'; return true; })"));
        await page.WaitForFunctionAsync("[...document.images].every(i => i.complete && i.naturalWidth > 0)");
        Assert.Equal(5, await page.Locator("svg[role=img]").CountAsync());
        await page.CloseAsync();
    }

    private static Task<double[]> Column(IPage page) => page.EvaluateAsync<double[]>("[...document.querySelectorAll('table.sortable tbody tr')].map(r => Number(r.cells[3].dataset.v))");

    private static Task<string> Ground(IPage page) => page.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor");
}
